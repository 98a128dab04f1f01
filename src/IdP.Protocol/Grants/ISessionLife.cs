namespace IdP.Protocol.Grants;

/// <summary>Seam to the product: which sessions go on, and which are long over.</summary>
public interface ISessionLife
{
    /// <summary>The sessions that are alive at this instant, as a part of larger queries on the same context.</summary>
    IQueryable<Guid> AliveAt(DateTimeOffset now);

    /// <summary>Sessions whose absolute end lies before an instant, in the order of that end and of their id, after a place in it.</summary>
    Task<IReadOnlyList<Place>> OverAsync(DateTimeOffset before, Place after, int most, CancellationToken ct);

    /// <summary>Deletes those of these sessions that no grant belongs to any more, and says how many they were.</summary>
    Task<int> ForgetAsync(IReadOnlyCollection<Guid> ids, CancellationToken ct);

    /// <summary>Deletes sign-ins that were begun, links and mails that are over since long, at most so many of each, and says how many they were of the most frequent.</summary>
    Task<int> ForgetBegunAsync(DateTimeOffset now, int most, CancellationToken ct);
}

/// <summary>A row's place in the order of an instant; several rows may have the same instant.</summary>
public readonly record struct Place(DateTimeOffset At, Guid Id);

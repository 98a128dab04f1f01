namespace IdP.Protocol.Grants;

/// <summary>Seam to the product: which sessions go on.</summary>
public interface ISessionLife
{
    /// <summary>The sessions that are alive at this instant, as a part of larger queries on the same context.</summary>
    IQueryable<Guid> AliveAt(DateTimeOffset now);
}

namespace IdP.Sessions;

/// <summary>Whose sessions are meant: of a person, of those who reached an app, of the people of an organization, or, with nothing named, of all. At most one is named.</summary>
public sealed record SessionScope(Guid? UserId = null, string? ClientId = null, string? Organization = null)
{
    public bool IsEverything => UserId is null && ClientId is null && Organization is null;
}

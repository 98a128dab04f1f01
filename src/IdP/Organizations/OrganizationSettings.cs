namespace IdP.Organizations;

/// <summary>What an administrator decides about an organization; who belongs to it is decided at the person.</summary>
public sealed class OrganizationSettings
{
    public string? DisplayName { get; set; }
    public bool Enabled { get; set; } = true;
    public List<DomainSettings> Domains { get; set; } = [];

    public static OrganizationSettings From(Organization organization) => new()
    {
        DisplayName = organization.DisplayName,
        Enabled = organization.Enabled,
        Domains = [.. organization.Domains.Select(d => new DomainSettings(d.Name, d.VerifiedAt is not null))],
    };
}

/// <param name="Verified">Whether somebody vouches that the organization owns it.</param>
public sealed record DomainSettings(string Name, bool Verified)
{
    public override string ToString() => Verified ? $"{Name} (verified)" : Name;
}

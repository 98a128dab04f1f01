namespace IdP.Organizations;

/// <summary>Section <c>Organizations</c>.</summary>
public sealed class OrganizationOptions
{
    /// <summary>Whether people may leave an organization by themselves. Whoever has an address of one of its verified domains never may. Default false.</summary>
    public bool MembersMayLeave { get; set; }
}

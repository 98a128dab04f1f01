using IdP.Users;

namespace IdP.Credentials.Passwords;

/// <summary>Whose password it is to be: attackers try what these people and their company are called first.</summary>
public sealed record PasswordOwner(string? UserName, string? Email, IReadOnlyCollection<string?> Names)
{
    public static PasswordOwner Of(User user, IEnumerable<string?> organizations) => new(user.UserName, user.Email, [user.Name, user.GivenName, user.FamilyName, .. organizations]);

    public static PasswordOwner Of(UserSettings settings) => new(settings.UserName, settings.Email, [settings.Name, settings.GivenName, settings.FamilyName, .. settings.Organizations.Select(o => o.Name)]);
}

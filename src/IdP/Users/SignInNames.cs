
namespace IdP.Users;

/// <summary>Whom a typed name means: a user name, or a confirmed e-mail address.</summary>
public static class SignInNames
{
    private const int MaxLength = 256;

    /// <summary>What can be looked up; text that can be nobody's name becomes a name that nobody has, so that the same work is done for it.</summary>
    public static string Clean(string name) => name.Length is 0 or > MaxLength || name.Contains('\0', StringComparison.Ordinal) ? " " : name;

    /// <summary>At most two, the one with this user name first.</summary>
    /// <param name="normalized">The name, normalized.</param>
    public static IQueryable<User> Named(this IQueryable<User> users, string normalized) => users
        .Where(u => u.NormalizedUserName == normalized || (u.NormalizedEmail == normalized && u.EmailConfirmed))
        .OrderByDescending(u => u.NormalizedUserName == normalized).Take(2);

    /// <summary>A user name has one owner; an e-mail address that two people have confirmed says nothing about who is asking.</summary>
    public static T? TheOne<T>(IReadOnlyList<T> found, Func<T, User> userOf, string normalized) where T : class =>
        found.FirstOrDefault(f => userOf(f).NormalizedUserName == normalized) ?? (found.Count == 1 ? found[0] : null);
}

using System.Security.Cryptography;
using System.Text.Json;
using IdP.Users;

namespace IdP.SignUp;

/// <summary>What is decided about an account that does not exist yet, kept with its link.</summary>
internal static class NewAccount
{
    private const string Alphabet = "23456789abcdefghjkmnpqrstuvwxyz";

    public static string Write(UserSettings settings) => JsonSerializer.Serialize(settings, JsonSerializerOptions.Web);

    public static UserSettings Read(string? data) => JsonSerializer.Deserialize<UserSettings>(data!, JsonSerializerOptions.Web)!; // what Write wrote

    /// <summary>The address itself where it can be a user name; people sign in with it in any case.</summary>
    public static string UserNameFor(string address) => UserRules.IsUserName(address) ? address : "user-" + RandomNumberGenerator.GetString(Alphabet, 12);
}

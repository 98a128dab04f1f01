using System.Security.Cryptography;
using System.Text.Json;
using IdP.Users;

namespace IdP.SignUp;

/// <summary>What is decided about an account that does not exist yet, kept with its link.</summary>
/// <param name="InvitedBy">The administrator who did; null for the machine's operator, and for whoever signs up.</param>
internal sealed record NewAccount(UserSettings Settings, Guid? InvitedBy)
{
    private const string Alphabet = "23456789abcdefghjkmnpqrstuvwxyz";

    public static string Write(UserSettings settings, Guid? invitedBy = null) => JsonSerializer.Serialize(new NewAccount(settings, invitedBy), JsonSerializerOptions.Web);

    public static NewAccount Read(string? data) => JsonSerializer.Deserialize<NewAccount>(data!, JsonSerializerOptions.Web)!; // what Write wrote

    /// <summary>The address itself where it can be a user name; people sign in with it in any case.</summary>
    public static string UserNameFor(string address) => UserRules.IsUserName(address) ? address : "user-" + RandomNumberGenerator.GetString(Alphabet, 12);
}

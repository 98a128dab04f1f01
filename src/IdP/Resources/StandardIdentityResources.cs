namespace IdP.Resources;

/// <summary>The scopes of OpenID Connect Core 5.4 with the claims it gives them.</summary>
public static class StandardIdentityResources
{
    public static IReadOnlyDictionary<string, IdentityResourceSettings> All { get; } = new Dictionary<string, IdentityResourceSettings>(StringComparer.Ordinal)
    {
        ["openid"] = new() { DisplayName = "Your user id", Required = true, UserClaims = ["sub"] },
        ["profile"] = new()
        {
            DisplayName = "Your profile",
            Description = "Your name and how you like to be addressed",
            UserClaims =
            [
                "name", "family_name", "given_name", "middle_name", "nickname", "preferred_username", "profile", "picture", "website",
                "gender", "birthdate", "zoneinfo", "locale", "updated_at",
            ],
        },
        ["email"] = new() { DisplayName = "Your e-mail address", UserClaims = ["email", "email_verified"] },
        ["address"] = new() { DisplayName = "Your postal address", UserClaims = ["address"] },
        ["phone"] = new() { DisplayName = "Your telephone number", UserClaims = ["phone_number", "phone_number_verified"] },
    };
}

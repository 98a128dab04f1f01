using System.Globalization;
using IdP.Clients;
using IdP.Protocol.Clients;
using Microsoft.AspNetCore.Http;

namespace IdP.UI.Console.Clients;

/// <summary>
/// Reads the client form onto settings. Each part of the form says by a hidden field that it was shown, because an unticked box sends nothing; what
/// was not shown keeps its value. Numbers that are none become -1, which the rules refuse by name.
/// </summary>
internal static class ClientForm
{
    public static ClientSettings Read(IFormCollection form, ClientSettings settings, bool isNew)
    {
        settings.ClientName = Text(form, "clientName");
        settings.ClientUri = Text(form, "clientUri");
        settings.Description = Text(form, "description");
        if (!isNew) settings.Enabled = Ticked(form, "enabled");
        if (Shown(form, "links")) ReadLinks(form, settings);
        if (Shown(form, "addresses")) ReadAddresses(form, settings);
        if (Shown(form, "grants")) ReadGrants(form, settings);
        if (Shown(form, "access")) ReadAccess(form, settings);
        if (Shown(form, "authentication")) ReadAuthentication(form, settings);
        if (Shown(form, "lifetimes")) ReadLifetimes(form, settings);
        if (Shown(form, "crypto")) ReadCrypto(form, settings);
        if (Shown(form, "logout")) ReadLogout(form, settings);
        return settings;
    }

    private static void ReadLinks(IFormCollection form, ClientSettings settings)
    {
        settings.LogoUri = Text(form, "logoUri");
        settings.PolicyUri = Text(form, "policyUri");
        settings.TosUri = Text(form, "tosUri");
        settings.InitiateLoginUri = Text(form, "initiateLoginUri");
        settings.Contacts = Lines(form, "contacts");
        settings.ShowInPortal = Ticked(form, "showInPortal");
    }

    private static void ReadAddresses(IFormCollection form, ClientSettings settings)
    {
        settings.RedirectUris = Lines(form, "redirectUris");
        settings.PostLogoutRedirectUris = Lines(form, "postLogoutRedirectUris");
        settings.AllowedCorsOrigins = Lines(form, "allowedCorsOrigins");
    }

    private static void ReadGrants(IFormCollection form, ClientSettings settings)
    {
        settings.AllowedGrantTypes = [.. form["allowedGrantTypes"].OfType<string>()];
        settings.AllowAccessTokensViaBrowser = Ticked(form, "allowAccessTokensViaBrowser");
        settings.RequirePkce = Ticked(form, "requirePkce");
        settings.RequirePushedAuthorization = Ticked(form, "requirePushedAuthorization");
        settings.SecurityProfile = Text(form, "securityProfile");
        settings.DefaultMaxAge = OptionalNumber(form, "defaultMaxAge");
        settings.UserSsoLifetime = OptionalNumber(form, "userSsoLifetime");
        settings.UserSsoIdleLifetime = OptionalNumber(form, "userSsoIdleLifetime");
        settings.CoordinateLifetimeWithUserSession = Ticked(form, "coordinateLifetimeWithUserSession");
        settings.DefaultAcrValues = Lines(form, "defaultAcrValues");
    }

    private static void ReadAccess(IFormCollection form, ClientSettings settings)
    {
        settings.AllowedScopes = [.. form["allowedScopes"].OfType<string>()];
        if (settings.ApplicationType is ApplicationType.Machine) return;
        settings.AllowOfflineAccess = Ticked(form, "allowOfflineAccess");
        if (Shown(form, "assignment")) settings.AssignmentRequired = Ticked(form, "assignmentRequired");
        if (settings.ApplicationType is ApplicationType.Device) return; // people are always asked there
        settings.RequireConsent = Ticked(form, "requireConsent");
        if (!Shown(form, "remembering")) return;
        settings.AllowRememberConsent = Ticked(form, "allowRememberConsent");
        settings.ConsentLifetime = OptionalNumber(form, "consentLifetime");
    }

    private static void ReadAuthentication(IFormCollection form, ClientSettings settings)
    {
        settings.TokenEndpointAuthMethod = Text(form, "tokenEndpointAuthMethod") ?? settings.TokenEndpointAuthMethod;
        settings.TokenEndpointAuthSigningAlg = Text(form, "tokenEndpointAuthSigningAlg");
        settings.Jwks = Text(form, "jwks");
        settings.JwksUri = Text(form, "jwksUri");
    }

    private static void ReadLifetimes(IFormCollection form, ClientSettings settings)
    {
        settings.AccessTokenType = Enum.TryParse<AccessTokenType>(form["accessTokenType"], out var type) ? type : AccessTokenType.Jwt;
        settings.AccessTokenLifetime = Number(form, "accessTokenLifetime");
        settings.IdentityTokenLifetime = Number(form, "identityTokenLifetime");
        settings.AuthorizationCodeLifetime = Number(form, "authorizationCodeLifetime");
        settings.SlidingRefreshTokenLifetime = Number(form, "slidingRefreshTokenLifetime");
        settings.AbsoluteRefreshTokenLifetime = Number(form, "absoluteRefreshTokenLifetime");
        settings.RefreshTokenReuseGrace = Number(form, "refreshTokenReuseGrace");
        settings.DeviceCodeLifetime = Number(form, "deviceCodeLifetime");
    }

    private static void ReadCrypto(IFormCollection form, ClientSettings settings)
    {
        settings.IdTokenSignedResponseAlg = Text(form, "idTokenSignedResponseAlg") ?? settings.IdTokenSignedResponseAlg;
        settings.IdTokenEncryptedResponseAlg = Text(form, "idTokenEncryptedResponseAlg");
        settings.IdTokenEncryptedResponseEnc = Text(form, "idTokenEncryptedResponseEnc");
        settings.UserInfoSignedResponseAlg = Text(form, "userInfoSignedResponseAlg");
        settings.UserInfoEncryptedResponseAlg = Text(form, "userInfoEncryptedResponseAlg");
        settings.UserInfoEncryptedResponseEnc = Text(form, "userInfoEncryptedResponseEnc");
        settings.IntrospectionSignedResponseAlg = Text(form, "introspectionSignedResponseAlg");
        settings.IntrospectionEncryptedResponseAlg = Text(form, "introspectionEncryptedResponseAlg");
        settings.IntrospectionEncryptedResponseEnc = Text(form, "introspectionEncryptedResponseEnc");
        settings.SubjectType = Text(form, "subjectType") ?? settings.SubjectType;
        settings.SectorIdentifierUri = Text(form, "sectorIdentifierUri");
        settings.AlwaysIncludeUserClaimsInIdToken = Ticked(form, "alwaysIncludeUserClaimsInIdToken");
    }

    private static void ReadLogout(IFormCollection form, ClientSettings settings)
    {
        settings.BackChannelLogoutUri = Text(form, "backChannelLogoutUri");
        settings.BackChannelLogoutSessionRequired = Ticked(form, "backChannelLogoutSessionRequired");
        settings.FrontChannelLogoutUri = Text(form, "frontChannelLogoutUri");
        settings.FrontChannelLogoutSessionRequired = Ticked(form, "frontChannelLogoutSessionRequired");
    }

    private static bool Shown(IFormCollection form, string part) => form["shown"].Contains(part);

    private static bool Ticked(IFormCollection form, string name) => form[name] == "true";

    private static string? Text(IFormCollection form, string name) => form[name].ToString().Trim() is { Length: > 0 } text ? text : null;

    private static int Number(IFormCollection form, string name) => OptionalNumber(form, name) ?? -1;

    private static int? OptionalNumber(IFormCollection form, string name) =>
        Text(form, name) is { } digits ? int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : -1 : null;

    private static List<string> Lines(IFormCollection form, string name) => [.. form[name].ToString().Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)];
}

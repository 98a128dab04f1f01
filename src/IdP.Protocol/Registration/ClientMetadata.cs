using System.Text.Json;
using System.Text.Json.Nodes;
using IdP.Protocol.Clients;
using IdP.Protocol.Resources;

namespace IdP.Protocol.Registration;

/// <summary>
/// The client metadata of RFC 7591 2 and OpenID Connect Dynamic Registration 2 (logout metadata from the logout specifications, introspection
/// metadata from RFC 9701), to and from our client. Unknown members are ignored, as RFC 7591 2 asks.
/// </summary>
internal static class ClientMetadata
{
    /// <summary>A client with the requested metadata and the defaults of the specifications for what is absent.</summary>
    /// <param name="scopes">The scopes a registered client may have.</param>
    /// <param name="present">Those it has now, kept when the request names none; null for a new client, which then gets all it may have.</param>
    /// <param name="grantTypes">The grant types it may have, as in RFC 7591.</param>
    public static (Client? Client, RegistrationProblem? Problem) Read(JsonElement json, IReadOnlyList<string> scopes, IReadOnlyList<string>? present, IReadOnlyCollection<string> grantTypes, RegistrationOptions policy)
    {
        var read = new MetadataReader(json);
        var client = new Client { ClientId = "", RequireConsent = policy.RequireConsent };
        client.ClientName = read.Text("client_name");
        client.ClientUri = read.Text("client_uri");
        client.LogoUri = read.Text("logo_uri");
        client.PolicyUri = read.Text("policy_uri");
        client.TosUri = read.Text("tos_uri");
        client.InitiateLoginUri = read.Text("initiate_login_uri");
        client.Contacts = read.Texts("contacts") ?? [];
        client.SoftwareId = read.Text("software_id");
        client.SoftwareVersion = read.Text("software_version");
        client.RedirectUris = read.Texts("redirect_uris") ?? [];
        client.TokenEndpointAuthMethod = read.Text("token_endpoint_auth_method") ?? ClientAuthenticationMethods.ClientSecretBasic;
        client.TokenEndpointAuthSigningAlg = read.Text("token_endpoint_auth_signing_alg");
        client.Jwks = read.ObjectText("jwks");
        client.JwksUri = read.Text("jwks_uri");
        client.RequirePushedAuthorization = read.Flag("require_pushed_authorization_requests") ?? false;
        client.PostLogoutRedirectUris = read.Texts("post_logout_redirect_uris") ?? [];
        client.FrontChannelLogoutUri = read.Text("frontchannel_logout_uri");
        client.FrontChannelLogoutSessionRequired = read.Flag("frontchannel_logout_session_required") ?? false;
        client.BackChannelLogoutUri = read.Text("backchannel_logout_uri");
        client.BackChannelLogoutSessionRequired = read.Flag("backchannel_logout_session_required") ?? false;
        client.SubjectType = read.Text("subject_type") ?? SubjectTypes.Public;
        client.SectorIdentifierUri = read.Text("sector_identifier_uri");
        client.IdTokenSignedResponseAlg = read.Text("id_token_signed_response_alg") ?? SigningAlgorithms.RS256;
        client.IdTokenEncryptedResponseAlg = read.Text("id_token_encrypted_response_alg");
        client.IdTokenEncryptedResponseEnc = read.Text("id_token_encrypted_response_enc");
        client.UserInfoSignedResponseAlg = read.Text("userinfo_signed_response_alg");
        client.UserInfoEncryptedResponseAlg = read.Text("userinfo_encrypted_response_alg");
        client.UserInfoEncryptedResponseEnc = read.Text("userinfo_encrypted_response_enc");
        client.IntrospectionSignedResponseAlg = read.Text("introspection_signed_response_alg");
        client.IntrospectionEncryptedResponseAlg = read.Text("introspection_encrypted_response_alg");
        client.IntrospectionEncryptedResponseEnc = read.Text("introspection_encrypted_response_enc");
        client.DefaultMaxAge = read.Seconds("default_max_age");
        client.DefaultAcrValues = read.Texts("default_acr_values") ?? [];
        _ = read.Flag("require_auth_time"); // auth_time is in every ID token
        var applicationType = read.Text("application_type") ?? "web";
        var (grants, responses, scope) = (read.Texts("grant_types"), read.Texts("response_types"), read.Text("scope"));
        if (read.Problem is not null) return (null, read.Problem);

        if (applicationType is not ("web" or "native")) return (null, RegistrationProblem.Metadata("\"application_type\" must be \"web\" or \"native\"."));
        if (ResponseTypes.Apply(client, grants, responses) is { } mismatch) return (null, RegistrationProblem.Metadata(mismatch));
        if (ResponseTypes.GrantTypesOf(client).FirstOrDefault(grant => !grantTypes.Contains(grant)) is { } forbidden)
            return (null, RegistrationProblem.Metadata($"Registered clients may not have the grant type \"{forbidden}\" here."));
        if (!client.AllowedGrantTypes.Exists(GrantTypes.IsInteractive) && client.RedirectUris.Count > 0)
            return (null, new(RegistrationErrors.InvalidRedirectUri, "Redirect URIs are of no use with these grant types."));

        client.ApplicationType = Kind(client, applicationType);
        client.RequirePkce = client.IsPublic || policy.RequirePkce;
        // Code in the browser calls the token endpoint from where it was loaded.
        if (client.ApplicationType == ApplicationType.Spa) client.AllowedCorsOrigins = [.. client.RedirectUris.Select(OriginOf).OfType<string>().Distinct(StringComparer.Ordinal)];

        var wanted = scope?.Split(' ', StringSplitOptions.RemoveEmptyEntries).Distinct(StringComparer.Ordinal).Where(name => name != ResourceSet.OfflineAccess).ToList();
        if (wanted?.Find(name => !scopes.Contains(name)) is not null) return (null, RegistrationProblem.Metadata("A requested scope does not exist or is not allowed for registered clients."));
        client.AllowedScopes = wanted ?? [.. present ?? scopes];
        return (client, null);
    }

    /// <summary>All registered metadata (RFC 7591 3.2.1), without the credentials.</summary>
    public static JsonObject Describe(Client client)
    {
        var json = new JsonObject
        {
            ["client_id"] = client.ClientId,
            ["client_id_issued_at"] = client.CreatedAt.ToUnixTimeSeconds(),
            ["token_endpoint_auth_method"] = client.TokenEndpointAuthMethod,
            ["grant_types"] = List(ResponseTypes.GrantTypesOf(client)),
            ["response_types"] = List(ResponseTypes.ResponseTypesOf(client)),
            ["redirect_uris"] = List(client.RedirectUris),
            ["application_type"] = client.ApplicationType is ApplicationType.Native or ApplicationType.Device ? "native" : "web",
            ["scope"] = string.Join(' ', client.AllowOfflineAccess ? [.. client.AllowedScopes, ResourceSet.OfflineAccess] : client.AllowedScopes),
            ["subject_type"] = client.SubjectType,
            ["id_token_signed_response_alg"] = client.IdTokenSignedResponseAlg,
            ["require_auth_time"] = true,
            ["require_pushed_authorization_requests"] = client.RequirePushedAuthorization,
        };
        Add("client_name", client.ClientName);
        Add("client_uri", client.ClientUri);
        Add("logo_uri", client.LogoUri);
        Add("policy_uri", client.PolicyUri);
        Add("tos_uri", client.TosUri);
        Add("initiate_login_uri", client.InitiateLoginUri);
        Add("software_id", client.SoftwareId);
        Add("software_version", client.SoftwareVersion);
        Add("token_endpoint_auth_signing_alg", client.TokenEndpointAuthSigningAlg);
        Add("jwks_uri", client.JwksUri);
        if (client.Jwks is not null) json["jwks"] = JsonNode.Parse(client.Jwks);
        if (client.Contacts.Count > 0) json["contacts"] = List(client.Contacts);
        if (client.PostLogoutRedirectUris.Count > 0) json["post_logout_redirect_uris"] = List(client.PostLogoutRedirectUris);
        Add("sector_identifier_uri", client.SectorIdentifierUri);
        Add("id_token_encrypted_response_alg", client.IdTokenEncryptedResponseAlg);
        Add("id_token_encrypted_response_enc", Content(client.IdTokenEncryptedResponseAlg, client.IdTokenEncryptedResponseEnc));
        Add("userinfo_signed_response_alg", client.UserInfoSignedResponseAlg);
        Add("userinfo_encrypted_response_alg", client.UserInfoEncryptedResponseAlg);
        Add("userinfo_encrypted_response_enc", Content(client.UserInfoEncryptedResponseAlg, client.UserInfoEncryptedResponseEnc));
        Add("introspection_signed_response_alg", client.IntrospectionSignedResponseAlg);
        Add("introspection_encrypted_response_alg", client.IntrospectionEncryptedResponseAlg);
        Add("introspection_encrypted_response_enc", Content(client.IntrospectionEncryptedResponseAlg, client.IntrospectionEncryptedResponseEnc));
        if (client.FrontChannelLogoutUri is not null) (json["frontchannel_logout_uri"], json["frontchannel_logout_session_required"]) = (client.FrontChannelLogoutUri, client.FrontChannelLogoutSessionRequired);
        if (client.BackChannelLogoutUri is not null) (json["backchannel_logout_uri"], json["backchannel_logout_session_required"]) = (client.BackChannelLogoutUri, client.BackChannelLogoutSessionRequired);
        if (client.DefaultMaxAge is { } age) json["default_max_age"] = age;
        if (client.DefaultAcrValues.Count > 0) json["default_acr_values"] = List(client.DefaultAcrValues);
        return json;

        void Add(string name, string? value)
        {
            if (value is not null) json[name] = value;
        }
    }

    private static ApplicationType Kind(Client client, string applicationType) => applicationType switch
    {
        _ when client.AllowedGrantTypes.TrueForAll(grant => grant == GrantTypes.DeviceCode) => ApplicationType.Device,
        _ when !client.AllowedGrantTypes.Exists(GrantTypes.IsInteractive) => ApplicationType.Machine,
        "native" => ApplicationType.Native,
        _ => client.IsPublic ? ApplicationType.Spa : ApplicationType.Web,
    };

    private static string? OriginOf(string redirectUri) =>
        AbsoluteUri.TryParse(redirectUri, out var uri) && uri.Scheme is "http" or "https" ? uri.GetLeftPart(UriPartial.Authority) : null;

    private static string? Content(string? algorithm, string? content) => algorithm is null ? null : content ?? EncryptionAlgorithms.DefaultContent;

    private static JsonArray List(IEnumerable<string> values) => [.. values.Select(value => (JsonNode)value)];
}

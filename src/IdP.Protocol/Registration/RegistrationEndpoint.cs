using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using IdP.Protocol.Clients;
using IdP.Protocol.Discovery;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;

namespace IdP.Protocol.Registration;

/// <summary>
/// Dynamic client registration (RFC 7591, OpenID Connect Dynamic Registration 1.0) and its management (RFC 7592). A registered client is an
/// ordinary client in the console, kept to what <see cref="RegistrationOptions"/> and its initial access token allow.
/// </summary>
internal sealed class RegistrationEndpoint(
    IClientRegistry registry, Catalog catalog, SoftwareStatements statements, RegistrationThrottle throttle, IssuerUrl issuer, IOptions<RegistrationOptions> options, TimeProvider clock)
{
    private const int MaxBody = 64 * 1024;
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = 16 };

    public static Task<IResult> RegisterAsync(HttpContext http, RegistrationEndpoint endpoint) => endpoint.RegisterAsync(http, http.RequestAborted);

    public static Task<IResult> ShowAsync(string clientId, HttpContext http, RegistrationEndpoint endpoint) => endpoint.ManageAsync(clientId, http, (client, token) =>
        Task.FromResult(endpoint.Answer(client, token, secret: null, statement: null, StatusCodes.Status200OK)));

    public static Task<IResult> UpdateAsync(string clientId, HttpContext http, RegistrationEndpoint endpoint) => endpoint.ManageAsync(clientId, http, (client, token) => endpoint.UpdateAsync(client, token, http, http.RequestAborted));

    public static Task<IResult> DeleteAsync(string clientId, HttpContext http, RegistrationEndpoint endpoint) => endpoint.ManageAsync(clientId, http, async (client, _) =>
    {
        await endpoint.DeleteAsync(client, http.RequestAborted);
        return Results.NoContent();
    });

    private async Task<IResult> RegisterAsync(HttpContext http, CancellationToken ct)
    {
        NoStore(http);
        if (options.Value.Mode is RegistrationMode.Off) return Results.NotFound();
        InitialAccessToken? token = null;
        if (options.Value.Mode is RegistrationMode.InitialAccessToken || http.Request.Headers.Authorization.Count > 0)
        {
            token = RegistrationHandles.Read(http.Request) is { } presented ? await registry.FindTokenAsync(RegistrationHandles.Hash(presented), ct) : null;
            if (token is null) return Unauthorized(http, "An initial access token is needed, and this is none or it is used up.");
        }
        if (!throttle.TryTake(http.Connection.RemoteIpAddress))
        {
            http.Response.Headers.RetryAfter = ((int)RegistrationThrottle.Window.TotalSeconds).ToString(CultureInfo.InvariantCulture);
            return Results.Json(new { error = "temporarily_unavailable", error_description = "Too many clients were registered from this address. Try again later." }, statusCode: StatusCodes.Status429TooManyRequests);
        }
        var (wanted, statement, refusal) = await ReadAsync(http, token, ct);
        if (wanted is null) return refusal!; // one of both is set

        var handle = RegistrationHandles.New();
        var saved = await registry.RegisterAsync(wanted, token, RegistrationHandles.Hash(handle), ct);
        return saved.Client is { } client ? Answer(client, handle, saved.Secret, statement, StatusCodes.Status201Created) : Refuse(saved.Problem!);
    }

    private async Task<IResult> UpdateAsync(Client registered, string handle, HttpContext http, CancellationToken ct)
    {
        var (wanted, statement, refusal) = await ReadAsync(http, await TokenOfAsync(registered, ct), ct, registered);
        if (wanted is null) return refusal!; // one of both is set
        var saved = await registry.UpdateAsync(registered, wanted, ct);
        if (saved.Client is { } client) return Answer(client, handle, saved.Secret, statement, StatusCodes.Status200OK);
        return saved.Problem is { } problem ? Refuse(problem) : Unauthorized(http, "The registration access token is not valid.");
    }

    private Task DeleteAsync(Client registered, CancellationToken ct) => registry.DeleteAsync(registered, ct);

    /// <summary>RFC 7592 2: one answer for an unknown client and a wrong token, so that nobody learns which clients exist.</summary>
    private async Task<IResult> ManageAsync(string clientId, HttpContext http, Func<Client, string, Task<IResult>> act)
    {
        NoStore(http);
        if (options.Value.Mode is RegistrationMode.Off) return Results.NotFound();
        var handle = RegistrationHandles.Read(http.Request);
        var client = await catalog.FindClientAsync(clientId, http.RequestAborted);
        if (handle is null || client is null || !RegistrationHandles.Matches(client.RegistrationAccessTokenHash, handle)) return Unauthorized(http, "The registration access token is not valid.");
        return client.Enabled ? await act(client, handle) : Results.Json(new { error = "access_denied", error_description = "This client is disabled." }, statusCode: StatusCodes.Status403Forbidden);
    }

    /// <summary>What the token a client came with allows still holds when it changes itself.</summary>
    private async Task<InitialAccessToken?> TokenOfAsync(Client registered, CancellationToken ct) =>
        registered.InitialAccessTokenId is { } id ? await registry.FindTokenAsync(id, ct) : null;

    private async Task<(Client? Wanted, string? Statement, IResult? Refusal)> ReadAsync(HttpContext http, InitialAccessToken? token, CancellationToken ct, Client? registered = null)
    {
        if (!http.Request.HasJsonContentType()) return (null, null, Results.Json(new { error = RegistrationErrors.InvalidClientMetadata, error_description = "The content type must be application/json." }, statusCode: StatusCodes.Status415UnsupportedMediaType));
        if (await ParseAsync(http.Request, ct) is not { } json) return (null, null, Refuse(RegistrationProblem.Metadata("The body is no JSON object, has a member twice, or is too long.")));
        using (json)
        {
            var root = json.RootElement;
            if (registered is not null && RequestProblem(registered, root) is { } wrong) return (null, null, Refuse(wrong));
            var statement = root.TryGetProperty("software_statement", out var jwt) && jwt.ValueKind is JsonValueKind.String ? jwt.GetString() : null;
            if (statement is null && options.Value.RequireSoftwareStatement) return (null, null, Refuse(new(RegistrationErrors.UnapprovedSoftwareStatement, "A software statement is needed.")));
            using var merged = statement is null ? null : await statements.MergeAsync(root, statement, ct);
            if (merged is { Problem: { } untrusted }) return (null, null, Refuse(untrusted));

            var resources = await catalog.GetResourcesAsync(ct);
            List<string> scopes = token is { AllowedScopes.Count: > 0 } ? [.. token.AllowedScopes] : options.Value.AllowedScopes.Count > 0 ? [.. options.Value.AllowedScopes] : [.. resources.IdentityResources.Keys];
            List<string> grants = token is { AllowedGrantTypes.Count: > 0 } ? [.. token.AllowedGrantTypes] : [.. options.Value.GrantTypesAllowed];
            // What an administrator gave a registered client since then is not taken from it when it changes its name.
            if (registered is not null) grants.AddRange(ResponseTypes.GrantTypesOf(registered));
            var (client, problem) = ClientMetadata.Read(merged?.Metadata ?? root, [.. scopes.Where(resources.IsScope).Union(registered?.AllowedScopes ?? [], StringComparer.Ordinal)], registered?.AllowedScopes, grants, options.Value);
            return problem is null ? (client, statement, null) : (null, null, Refuse(problem));
        }
    }

    /// <summary>RFC 7592 2.2: the request names the client it changes, and a secret in it is the present one.</summary>
    private RegistrationProblem? RequestProblem(Client registered, JsonElement json)
    {
        if (!json.TryGetProperty("client_id", out var id) || id.ValueKind is not JsonValueKind.String || id.GetString() != registered.ClientId)
            return RegistrationProblem.Metadata("\"client_id\" must be the one of this client.");
        if (!json.TryGetProperty("client_secret", out var secret)) return null;
        var now = clock.GetUtcNow();
        return secret.ValueKind is JsonValueKind.String && secret.GetString() is { Length: <= 200 } value && registered.ClientSecrets.Exists(s => s.IsValidAt(now) && SecretHasher.Verify(s.Hash, value))
            ? null : RegistrationProblem.Metadata("\"client_secret\" is not the one of this client; a client cannot choose its secret.");
    }

    private static async Task<JsonDocument?> ParseAsync(HttpRequest request, CancellationToken ct)
    {
        if (request.ContentLength > MaxBody) return null;
        var buffer = new MemoryStream();
        var chunk = new byte[8192];
        for (int read; (read = await request.Body.ReadAsync(chunk, ct)) > 0;)
        {
            if (buffer.Length + read > MaxBody) return null;
            buffer.Write(chunk, 0, read);
        }
        try
        {
            var json = JsonDocument.Parse(buffer.GetBuffer().AsMemory(0, (int)buffer.Length), Strict);
            if (json.RootElement.ValueKind is JsonValueKind.Object && IsUnicode(json.RootElement)) return json;
            json.Dispose();
            return null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>JSON may hold escapes of lone surrogates, which are no text.</summary>
    private static bool IsUnicode(JsonElement element)
    {
        try
        {
            return element.ValueKind switch
            {
                JsonValueKind.String => element.GetString() is not null,
                JsonValueKind.Array => element.EnumerateArray().All(IsUnicode),
                JsonValueKind.Object => element.EnumerateObject().All(member => member.Name is not null && IsUnicode(member.Value)),
                _ => true,
            };
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }

    private IResult Answer(Client client, string handle, string? secret, string? statement, int status)
    {
        var json = ClientMetadata.Describe(client);
        json["registration_access_token"] = handle;
        json["registration_client_uri"] = issuer.Of(ProtocolPaths.Registration + "/" + Uri.EscapeDataString(client.ClientId));
        if (secret is not null) json["client_secret"] = secret;
        if (client.NeedsSecret) json["client_secret_expires_at"] = 0; // RFC 7591 3.2.1: it does not expire by itself
        if (statement is not null) json["software_statement"] = statement;
        return Results.Json(json, statusCode: status);
    }

    private static IResult Refuse(RegistrationProblem problem) => Results.Json(new JsonObject { ["error"] = problem.Error, ["error_description"] = problem.Description }, statusCode: StatusCodes.Status400BadRequest);

    private static IResult Unauthorized(HttpContext http, string description)
    {
        var bare = http.Request.Headers.Authorization.Count == 0; // RFC 6750 3.1: no error code for a request without credentials
        http.Response.Headers.WWWAuthenticate = bare ? "Bearer" : "Bearer error=\"invalid_token\"";
        return Results.Json(new { error = "invalid_token", error_description = description }, statusCode: StatusCodes.Status401Unauthorized);
    }

    private static void NoStore(HttpContext http)
    {
        http.Response.Headers.CacheControl = "no-store";
        http.Response.Headers[HeaderNames.Pragma] = "no-cache";
    }
}

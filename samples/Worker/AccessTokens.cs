using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Serialization;
using Microsoft.Extensions.Configuration;

namespace Worker;

#region docs_token
/// <summary>Access tokens by the client credentials grant, kept until shortly before they expire.</summary>
internal sealed class AccessTokens(HttpClient http, IConfiguration settings, TimeProvider clock)
{
    private string? current;
    private DateTimeOffset renewAt;

    public async Task<string> GetAsync(CancellationToken ct)
    {
        if (current is not null && clock.GetUtcNow() < renewAt) return current;

        using var request = new HttpRequestMessage(HttpMethod.Post, await FindTokenEndpointAsync(ct));
        request.Headers.Authorization = Basic(settings["ClientId"]!, settings["ClientSecret"]!);
        request.Content = new FormUrlEncodedContent(new Dictionary<string, string>
        {
            ["grant_type"] = "client_credentials",
            ["scope"] = settings["Scope"]!,
        });
        using var response = await http.SendAsync(request, ct);
        var answer = await response.Content.ReadFromJsonAsync<TokenAnswer>(ct);
        if (answer?.AccessToken is null) throw new TokenRefusedException($"The provider answered {answer?.Error}: {answer?.ErrorDescription}");

        renewAt = clock.GetUtcNow() + TimeSpan.FromSeconds(answer.ExpiresIn * 0.9);
        return current = answer.AccessToken;
    }

    // Only the provider's address is configured: its metadata document names the endpoints.
    private async Task<Uri> FindTokenEndpointAsync(CancellationToken ct)
    {
        var authority = settings["Authority"]!.TrimEnd('/'); // appsettings.json has a default for every setting
        var address = new Uri($"{authority}/.well-known/openid-configuration");
        if (address.Scheme != Uri.UriSchemeHttps && !address.IsLoopback) throw new TokenRefusedException("Authority must be an https address.");

        var metadata = await http.GetFromJsonAsync<Metadata>(address, ct);
        // RFC 8414 3.3: metadata of another issuer may come from an attacker.
        return metadata?.Issuer?.TrimEnd('/') == authority && metadata.TokenEndpoint is { } endpoint
            ? endpoint
            : throw new TokenRefusedException($"{address} is not the metadata of {authority}");
    }

    // RFC 6749 2.3.1: both parts are form-encoded first, or a secret with ':' or '%' does not arrive as it is.
    private static AuthenticationHeaderValue Basic(string clientId, string clientSecret) => new("Basic",
        Convert.ToBase64String(Encoding.ASCII.GetBytes($"{Uri.EscapeDataString(clientId)}:{Uri.EscapeDataString(clientSecret)}")));
}
#endregion

internal sealed record Metadata(
    [property: JsonPropertyName("issuer")] string? Issuer,
    [property: JsonPropertyName("token_endpoint")] Uri? TokenEndpoint);

internal sealed record TokenAnswer(
    [property: JsonPropertyName("access_token")] string? AccessToken,
    [property: JsonPropertyName("expires_in")] int ExpiresIn,
    [property: JsonPropertyName("error")] string? Error,
    [property: JsonPropertyName("error_description")] string? ErrorDescription);

internal sealed class TokenRefusedException(string message) : Exception(message);

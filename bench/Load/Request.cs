using System.Text;

namespace Load;

/// <summary>The bytes of requests, as a well-mannered client sends them.</summary>
internal static class Request
{
    public static byte[] Get(Uri url, string? cookies = null, string? bearer = null) => Encoding.ASCII.GetBytes($"GET {url.PathAndQuery} HTTP/1.1\r\n{Common(url, cookies)}{Line("Authorization", bearer is null ? null : "Bearer " + bearer)}\r\n");

    public static byte[] Form(Uri url, IEnumerable<KeyValuePair<string, string>> fields, string? cookies = null, TestClient? client = null)
    {
        var body = string.Join('&', fields.Select(field => $"{Uri.EscapeDataString(field.Key)}={Uri.EscapeDataString(field.Value)}"));
        var basic = client?.Secret is { } secret ? RelyingParty.Basic(client.ClientId, secret).ToString() : null;
        return Encoding.ASCII.GetBytes($"POST {url.PathAndQuery} HTTP/1.1\r\n{Common(url, cookies)}{Line("Authorization", basic)}Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {body.Length}\r\n\r\n{body}");
    }

    private static string Common(Uri url, string? cookies) => $"Host: {url.Authority}\r\nUser-Agent: idp-bench\r\nAccept: */*\r\n{Line("Cookie", cookies)}";

    private static string Line(string name, string? value) => string.IsNullOrEmpty(value) ? "" : $"{name}: {value}\r\n";
}

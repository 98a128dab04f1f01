namespace Load;

/// <summary>Scenarios of one request a unit.</summary>
internal static class Simple
{
    /// <summary>Tokens that are asked about in turn: few enough for every peer's store, many enough that it is no single hot row.</summary>
    private const int Tokens = 256;

    /// <summary>The store of oidc-provider keeps a thousand entries, and a sign-in leaves half a dozen of them.</summary>
    private const int PersonTokens = 64;

    public static Script Get(Subject subject, string path) => Repeat(Request.Get(new Uri(subject.Origin, path)), "{"u8.ToArray());

    public static Script ClientCredentials(Subject subject, TestClient client) =>
        Repeat(Request.Form(subject.Token, [new("grant_type", "client_credentials"), new("scope", "api.read")], client: client), "\"access_token\""u8.ToArray());

    public static async Task<IReadOnlyList<Script>> IntrospectionAsync(Subject subject, TestClient client, int connections)
    {
        using var party = subject.Party(client);
        List<byte[]> requests = [];
        for (var i = 0; i < Tokens; i++)
        {
            var token = (await party.ClientCredentialsAsync("api.read")).Expected().AccessToken!; // a success has one
            requests.Add(Request.Form(new Uri(subject.Origin, "/connect/introspect"), [new("token", token)], client: subject.Introspecting));
        }
        return [.. Enumerable.Range(0, connections).Select(i => InTurn(requests, i * Tokens / connections, "\"client_id\""u8.ToArray()))];
    }

    public static async Task<IReadOnlyList<Script>> UserInfoAsync(Subject subject, int connections)
    {
        using var party = subject.Party(BenchClients.Reader);
        using var browser = new BrowserClient(subject.Origin);
        await party.SignInAsync(browser, "openid profile", BenchClients.User(1));
        List<byte[]> requests = [];
        for (var i = 0; i < PersonTokens; i++)
        {
            var tokens = (await party.ExchangeCodeAsync(await party.AuthorizeAsync(browser, "openid profile"))).Expected();
            requests.Add(Request.Get(new Uri(subject.Origin, "/connect/userinfo"), bearer: tokens.AccessToken));
        }
        return [.. Enumerable.Range(0, connections).Select(i => InTurn(requests, i * PersonTokens / connections, "\"name\""u8.ToArray()))];
    }

    private static Script Repeat(byte[] request, byte[] expected) => InTurn([request], 0, expected);

    private static Script InTurn(List<byte[]> requests, int first, byte[] expected)
    {
        return Run;

        IEnumerable<byte[]?> Run(Client client)
        {
            for (var i = first; ; i++)
            {
                yield return requests[i % requests.Count];
                client.Expect(200, expected);
                yield return null;
            }
        }
    }
}

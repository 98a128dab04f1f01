namespace Fuzz;

/// <summary>Small changes to a valid request; several together reach deep before they are refused.</summary>
internal static class Mutations
{
    private static readonly string[] Methods = ["GET", "POST", "HEAD", "OPTIONS", "PUT", "DELETE", "PATCH", "TRACE", "CONNECT", "get", "FOO", "PROPFIND"];

    private static readonly string[] Names =
    [
        "client_id", "client_secret", "client_assertion", "client_assertion_type", "redirect_uri", "response_type", "response_mode", "scope", "state", "nonce", "prompt", "max_age", "display", "ui_locales", "login_hint",
        "id_token_hint", "acr_values", "claims", "request", "request_uri", "registration", "resource", "audience", "code", "code_challenge", "code_challenge_method", "code_verifier", "grant_type", "refresh_token", "username",
        "password", "assertion", "subject_token", "subject_token_type", "actor_token", "actor_token_type", "requested_token_type", "device_code", "user_code", "token", "token_type_hint", "access_token",
        "post_logout_redirect_uri", "logout_hint", "returnUrl", "loginHint", "upstream", "interaction", "consent", "decision", "remember", "scopes", "csrf", "q", "after", "done", "error", "iss", "sid", "version",
        "authorization_details", "dpop_jkt", "binding_message", "_method", "__proto__", "",
    ];

    private static readonly string[] Values =
    [
        "none", "login", "consent", "select_account", "create", "none login", "code", "token", "id_token", "code id_token", "code id_token token", "query", "fragment", "form_post", "jwt", "S256", "plain", "openid", "offline_access",
        "openid profile email api.read offline_access", "api.read api.write", "authorization_code", "refresh_token", "client_credentials", "password", "implicit", "urn:ietf:params:oauth:grant-type:device_code",
        "urn:ietf:params:oauth:grant-type:token-exchange", "urn:ietf:params:oauth:grant-type:jwt-bearer", "urn:openid:params:grant-type:ciba", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "urn:ietf:params:oauth:token-type:access_token", "urn:ietf:params:oauth:token-type:id_token", "urn:ietf:params:oauth:token-type:refresh_token", "urn:ietf:params:oauth:token-type:jwt", "urn:ietf:params:oauth:request_uri:x",
        "web", "spa", "opaque", "machine", "consenting", "urn:test:api", "https://web.example.test/cb", "https://web.example.test/out", "page", "popup", "de fr-CA en", "{\"userinfo\":{\"email\":null},\"id_token\":{\"acr\":{\"values\":[\"1\"]}}}",
        "//\u202e", "\\\\\u200e", "https://\u00ad", "https://xn--\u00e9", "2026-01-01", "00000000-0000-0000-0000-000000000000",
    ];

    private static readonly string[] ContentTypes =
    [
        "application/x-www-form-urlencoded", "application/json", "text/plain", "multipart/form-data", "multipart/form-data; boundary=x", "multipart/form-data; boundary=\"", "application/x-www-form-urlencoded; charset=utf-16",
        "application/x-www-form-urlencoded; charset=utf-7", "application/x-www-form-urlencoded; charset=nonsense", "application/x-www-form-urlencoded;;", "application/jwt", "application/xml", ";", "*/*", "", "a/b; c=\u0001",
    ];

    private static readonly string[] HeaderNames =
    [
        "Authorization", "Cookie", "Origin", "Accept", "Accept-Language", "Accept-Encoding", "Content-Encoding", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Forwarded-Prefix", "Forwarded", "X-HTTP-Method-Override",
        "X-Original-URL", "Host", "Range", "If-None-Match", "If-Modified-Since", "Sec-Fetch-Site", "User-Agent", "DPoP", "Content-Length", "Transfer-Encoding", "Expect", "Upgrade", "Connection", "Referer", "traceparent", "tracestate",
        "baggage", "Access-Control-Request-Method", "Access-Control-Request-Headers", "Content-Disposition", "Via", "TE", "Max-Forwards", "X-Test",
    ];

    private static readonly string[] HeaderValues =
    [
        "null", "https://evil.test", "https://spa.example.test", "127.0.0.1", "evil.test", "https", "application/json", "application/jwt", "application/token-introspection+jwt", "text/html;q=0.000000001", "gzip", "deflate, br;q=9", "bytes=0-1,5-2",
        "W/\"x\"", "Thu, 01 Jan 1970 00:00:00 GMT", "cross-site", "100-continue", "websocket", "close", "keep-alive", "POST", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "00-00-00-00", "k=v", "de-DE-x-\u00ff", "*", "0", "-1", "chunked",
        "Bearer", "Bearer ", "Bearer a b", "Basic", "Basic ", "Basic Og==", "Basic !!!!", "Basic dw==", "Basic d2ViOnc6ZTpi", "Basic JTAwOiUwMA==", "Basic d2ViOiV6eg==", "Basic //8=", "bearer x", "DPoP x", "Digest username=x", "Negotiate AAAA",
    ];

    private static readonly string[] Paths =
    [
        "/", "*", "", "x", "//", "/..", "/../connect/token", "/connect/token/", "/connect//token", "/CONNECT/TOKEN", "/connect/%74oken", "/connect/token;x=1", "/connect/token%00", "/connect/%2e%2e/console", "/connect", "/.well-known", "/.well-known/x", "/connect/nothing",
        "http://evil.test/connect/token", "https://evil.test:99999/", "/error", "/error?status=500", "/%ff", "/%c0%ae", "/é", "/\u0001", "/assets/x/app.css", "/console/clients/%00", "/console/clients/%F0%9F%98%80", "/console/users/not-a-guid", "/signin/external/Google",
        "/signin/external/%0d%0a", "/playground", "/health/nothing", "/favicon.ico", "/api/v1/x", "/scim/v2/Users", "/metrics", "/robots.txt",
    ];

    public static void Apply(FuzzRequest request, Corpus corpus, Random random)
    {
        if (request.Body is not null && random.Next(2) == 0)
        {
            ChangeBody(request, corpus, random);
            return;
        }
        var parts = PartsOf(request, random);
        switch (random.Next(27))
        {
            case <= 7 when parts.Count > 0:
                Change(parts, random.Next(parts.Count), corpus, random);
                break;
            case 8 or 9 when parts.Count > 0:
                parts.RemoveAt(random.Next(parts.Count));
                break;
            case 10 when parts.Count > 0:
                var again = parts[random.Next(parts.Count)];
                parts.Insert(random.Next(parts.Count + 1), random.Next(2) == 0 ? again : again with { Value = AnyValue(corpus, random) });
                break;
            case 11 when parts.Count > 0:
                var renamed = random.Next(parts.Count);
                parts[renamed] = parts[renamed] with { Name = random.Next(3) == 0 ? parts[renamed].Name.ToUpperInvariant() : random.Next(2) == 0 ? HostileText.Mutate(parts[renamed].Name, random) : Names[random.Next(Names.Length)] };
                break;
            case 12 or 13 or 14:
                parts.Add(new Part(Names[random.Next(Names.Length)], AnyValue(corpus, random)));
                break;
            case 15 when parts.Count > 1:
                var (one, two) = (random.Next(parts.Count), random.Next(parts.Count));
                (parts[one], parts[two]) = (parts[one] with { Value = parts[two].Value }, parts[two] with { Value = parts[one].Value });
                break;
            case 16:
                request.Method = Methods[random.Next(Methods.Length)];
                break;
            case 17:
                request.ContentType = random.Next(4) == 0 ? null : ContentTypes[random.Next(ContentTypes.Length)];
                break;
            case 18 or 19:
                request.Headers.Add(new Part(HeaderNames[random.Next(HeaderNames.Length)], random.Next(3) switch { 0 => HostileText.Next(random), 1 => Long(random, 40_000), _ => HeaderValues[random.Next(HeaderValues.Length)] }));
                break;
            case 20 or 21 when request.Headers.Count > 0:
                Change(request.Headers, random.Next(request.Headers.Count), corpus, random);
                break;
            case 22:
                ChangeBody(request, corpus, random);
                break;
            case 23:
                request.Path = random.Next(3) == 0 ? Paths[random.Next(Paths.Length)] : HostileText.Mutate(request.Path, random);
                break;
            case 24 when random.Next(4) == 0:
                request.Framing = (Framing)random.Next((int)Framing.BadLength + 1);
                break;
            case 24 when random.Next(8) == 0:
                request.Version = random.Next(2) == 0 ? "HTTP/1.0" : "HTTP/9." + HostileText.Piece(random);
                break;
            case 25 when request.Form is { } moved: // to the other side
                request.Form = null;
                request.Query.AddRange(moved);
                break;
            case 26 when request.Query.Count > 0:
                (request.Form ??= []).AddRange(request.Query);
                if (random.Next(2) == 0) request.Query.Clear();
                (request.Method, request.ContentType) = ("POST", "application/x-www-form-urlencoded");
                break;
        }
    }

    private static List<Part> PartsOf(FuzzRequest request, Random random) => request.Form is { } form && (request.Query.Count == 0 || random.Next(4) != 0) ? form : request.Query;

    private static void Change(List<Part> parts, int at, Corpus corpus, Random random)
    {
        var part = parts[at];
        parts[at] = random.Next(14) switch
        {
            0 => part with { Value = "" },
            1 or 2 => part with { Value = AnyValue(corpus, random) },
            3 => part with { Value = Long(random, 300_000) },
            4 => part with { Value = part.Value + (char)random.Next(0xd800, 0xe000) },
            5 => part with { Value = (string[])["%", "%zz", "%u0041", "%00", "%ff%fe", "%C0%80", "%ED%A0%80", "%F4%90%80%80", "+", "a=b=c", "&&&=&", "%26", "\0"] is var raw ? raw[random.Next(raw.Length)] : "", Raw = true },
            6 or 7 when part.Value.Count(c => c == '.') >= 2 => part with { Value = HostileJwt.Mutate(part.Value, random) },
            6 or 7 or 8 when part.Value.StartsWith('{') => part with { Value = HostileJson.Mutate(part.Value, random) },
            8 when part.Value.StartsWith("Basic ", StringComparison.Ordinal) => part with { Value = "Basic " + Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(HostileText.Mutate(System.Text.Encoding.UTF8.GetString(Convert.FromBase64String(Padded(part.Value[6..]))), random))) },
            _ => part with { Value = HostileText.Mutate(part.Value, random) },
        };
    }

    private static string Padded(string base64) => base64.Length % 4 == 0 && base64.All(c => char.IsAsciiLetterOrDigit(c) || c is '+' or '/' or '=') && !base64.TrimEnd('=').Contains('=') && base64.Length - base64.TrimEnd('=').Length <= 2 ? base64 : "";

    private static void ChangeBody(FuzzRequest request, Corpus corpus, Random random)
    {
        if (request.Body is { } json && random.Next(4) != 0)
        {
            request.Body = HostileJson.Mutate(json, random);
            return;
        }
        (request.Form, request.Body) = (null, random.Next(6) switch
        {
            0 => Long(random, 1_200_000),
            1 => "{\"grant_type\":\"client_credentials\",\"redirect_uris\":[\"https://x.test/cb\"]}",
            2 => "--x\r\nContent-Disposition: form-data; name=\"grant_type\"\r\n\r\nclient_credentials\r\n--x\r\nContent-Disposition: form-data; name=\"" + HostileText.Next(random) + "\"; filename=\"a\"\r\n\r\n" + AnyValue(corpus, random) + "\r\n--x--\r\n",
            3 => string.Concat(Enumerable.Range(0, 2000).Select(i => $"p{i}={i}&")),
            4 => new string('[', 50_000),
            _ => HostileText.Next(random),
        });
        if (request.Method is "GET") request.Method = "POST";
    }

    private static string AnyValue(Corpus corpus, Random random) => random.Next(6) switch
    {
        0 => HostileText.Next(random),
        1 or 2 => corpus.AnyToken(random),
        3 => Long(random, 40_000),
        _ => Values[random.Next(Values.Length)],
    };

    private static string Long(Random random, int most) => random.Next(20) == 0 ? string.Concat(Enumerable.Repeat(HostileText.Piece(random), random.Next(1, most / 4))) : new string("aé漢\0 "[random.Next(5)], random.Next(1, 1200));
}

using System.Net;
using FsCheck;
using FsCheck.Fluent;
using IdP.Clients;

namespace IdP.Tests.Clients;

/// <summary>Whatever may be registered must mean the same to this server, to a browser, and to every program between them.</summary>
public sealed class UriRulesPropertyTests
{
    private static readonly Gen<string> Uris = Gen.OneOf(
        Law.AnyText,
        Law.Near("https://app.example.com/cb", "https://app.example.com:8443/cb?tenant=1", "http://localhost:5001/cb", "http://127.0.0.1/cb", "http://[::1]:7000/cb", "com.example.app:/cb", "javascript:alert(1)", "data:text/html,x"),
        from scheme in Gen.Elements("https", "http", "HTTPS", "com.example.app", "myapp", "javascript", "blob", "view-source", "file", "") from slashes in Gen.Elements("://", ":", ":/", ":///", ":\\\\", "")
        from host in Gen.Elements("app.example.com", "localhost", "localhost.", "127.0.0.1", "127.1", "2130706433", "0", "[::1]", "[::ffff:7f00:1]", "10.0.0.1", "user@app.example.com", "@app.example.com", ":@app.example.com", "app.example.com:", "app.example.com:99999", "")
        from rest in Gen.Elements("", "/", "/cb", "/cb#f", "/cb?x=%23", "?x", "/*", "/a b", "/%00", "/é", "\\evil") select scheme + slashes + host + rest);

    [Test]
    public void An_accepted_redirect_uri_has_one_meaning_and_keeps_codes_off_the_open_network() =>
        Law.Holds(from uri in Uris from native in Gen.Elements(true, false) select (uri, native), u =>
        {
            if (UriRules.RedirectProblem(u.uri, u.native) is not null) return true;
            if (!IsPlain(u.uri) || u.uri.Contains('#') || u.uri.Contains('*')) return false;
            var parsed = new Uri(u.uri, UriKind.Absolute); // pages give its origin to the browser
            if (parsed.Scheme is not ("https" or "http")) return u.native && parsed.Scheme.Contains('.') && u.uri.StartsWith(parsed.Scheme + ":/", StringComparison.Ordinal);
            var authority = Authority(u.uri);
            return authority.Length > 0 && !authority.Contains('@') && (parsed.Scheme == "https" || parsed.Host == "localhost" || (IPAddress.TryParse(parsed.Host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address)));
        }, runs: 20_000);

    [Test]
    public void An_accepted_origin_is_exactly_what_a_browser_sends() =>
        Law.Holds(Uris, origin => UriRules.OriginProblem(origin) is not null || (IsPlain(origin) && new Uri(origin).GetLeftPart(UriPartial.Authority) == origin && Authority(origin) == origin[(origin.IndexOf(':', StringComparison.Ordinal) + 3)..]), runs: 20_000);

    [Test]
    public void An_accepted_link_is_a_web_address() =>
        Law.Holds(Uris, link => UriRules.LinkProblem(link) is not null || (IsPlain(link) && new Uri(link).Scheme is "https" or "http"), runs: 20_000);

    private static bool IsPlain(string uri) => uri.All(c => c is > ' ' and < '\x7f' and not ('\\' or '"' or '<' or '>'));

    private static string Authority(string uri) => uri[(uri.IndexOf("://", StringComparison.Ordinal) + 3)..].Split('/', '?', '#')[0];
}

using System.Globalization;
using System.Text.RegularExpressions;
using FsCheck;
using FsCheck.Fluent;
using IdP.Protocol.Clients;

namespace IdP.Protocol.Tests.Clients;

/// <summary>RFC 9700 2.1 and RFC 8252 7.3: equal to the last byte, but for the port of a public client's loopback address.</summary>
public sealed partial class RedirectUriPropertyTests
{
    private static readonly string[] Registered =
    [
        "https://app.example.com/cb", "https://app.example.com", "https://app.example.com/", "https://app.example.com:8443/cb?tenant=1", "https://xn--bcher-kva.example/a/b/../c%2Fd", "http://localhost:5001/cb",
        "http://127.0.0.1/cb", "http://127.0.0.1:7000/cb?x=1", "http://127.0.0.1:80/cb", "http://127.1.2.3/", "http://127.0.0.1", "http://[::1]/cb", "http://[::1]:7000", "com.example.app:/cb", "com.example.app://cb",
    ];

    private static readonly Gen<Client> Clients = from uris in Gen.SubListOf(Registered) from method in Gen.Elements("none", "client_secret_basic")
        select new Client { ClientId = "app", TokenEndpointAuthMethod = method, RedirectUris = [.. uris] };

    private static readonly Gen<string> Attacks = from uri in Gen.Elements(Registered) from trick in Gen.Elements<Func<string, string>>(
        u => u + ".evil.test", u => u + "@evil.test", u => u.Replace("://", "://evil.test@", StringComparison.Ordinal), u => u.Replace("://", "://evil.test\\@", StringComparison.Ordinal),
        u => u.Replace("://", "://user:pass@", StringComparison.Ordinal), u => u.Replace("example.com", "example.com.evil.test", StringComparison.Ordinal), u => u.Replace("example.com", "example.com%2eevil.test", StringComparison.Ordinal),
        u => u.Replace("example.com", "example.com.", StringComparison.Ordinal), u => u.Replace("127.0.0.1", "127.0.0.1.", StringComparison.Ordinal), u => u.Replace("127.0.0.1", "127.0.0.1.evil.test", StringComparison.Ordinal),
        u => u.Replace("127.0.0.1", "2130706433", StringComparison.Ordinal), u => u.Replace("127.0.0.1", "127.1", StringComparison.Ordinal), u => u.Replace("127.0.0.1", "127.000.000.001", StringComparison.Ordinal),
        u => u.Replace("127.0.0.1", "127.0.0.2", StringComparison.Ordinal), u => u.Replace("127.0.0.1", "0x7f.0.0.1", StringComparison.Ordinal), u => u.Replace("[::1]", "[0:0:0:0:0:0:0:1]", StringComparison.Ordinal),
        u => u.Replace("[::1]", "[::ffff:127.0.0.1]", StringComparison.Ordinal), u => u.Replace("[::1]", "[::1%25lo]", StringComparison.Ordinal), u => u.Replace("[::1]", "127.0.0.1", StringComparison.Ordinal),
        u => u.Replace("127.0.0.1", "localhost", StringComparison.Ordinal), u => u.Replace("http://", "https://", StringComparison.Ordinal), u => u.Replace("https://", "http://", StringComparison.Ordinal), u => u.Replace("http", "HTTP", StringComparison.Ordinal),
        u => u + "/", u => u + "#f", u => u + "#", u => u + "?", u => u + "?x=1", u => u + "&x=1", u => u + "/..", u => u + "/%2e%2e/x", u => u + "\0", u => u + " ", u => " " + u, u => u + "\n", u => u.ToUpperInvariant(), u => u.TrimEnd('/'),
        u => PortOf().Replace(u, ":8080$2", 1), u => PortOf().Replace(u, ":08080$2", 1), u => PortOf().Replace(u, ":0$2", 1), u => PortOf().Replace(u, ":65536$2", 1), u => PortOf().Replace(u, ":$2", 1), u => PortOf().Replace(u, ":80:80$2", 1),
        u => PortOf().Replace(u, ":+80$2", 1), u => PortOf().Replace(u, ":80@evil.test$2", 1), u => PortOf().Replace(u, ":80\\@evil.test$2", 1), u => PortOf().Replace(u, ":８０$2", 1), u => PortOf().Replace(u, "$2", 1))
        select trick(uri);

    [Test]
    public void Nothing_but_a_registered_uri_or_its_loopback_twin_with_another_port_is_accepted() =>
        Law.Holds(from client in Clients from uri in Gen.OneOf(Attacks, Law.Near(Registered), Gen.Elements(Registered), Law.AnyText, Attacks.SelectMany(attack => Law.Near(attack))) select (client, uri),
            sent => RedirectUris.IsRegistered(sent.client, sent.uri) == IsExpected(sent.client, sent.uri), runs: 20_000);

    [Test]
    public void Every_port_of_a_registered_loopback_address_is_accepted_from_a_public_client_only() =>
        Law.Holds(from uri in Gen.Elements(Registered.Where(IsLoopback).ToArray()) from port in Gen.Choose(1, 65535) from method in Gen.Elements("none", "client_secret_basic") select (uri, port, method),
            sent =>
            {
                var client = new Client { ClientId = "app", TokenEndpointAuthMethod = sent.method, RedirectUris = [sent.uri] };
                var other = PortOf().Replace(sent.uri, string.Create(CultureInfo.InvariantCulture, $":{sent.port}$2"), 1);
                return RedirectUris.IsRegistered(client, other) == (client.IsPublic || other == sent.uri);
            });

    // Written apart from the comparer: all of a URI but its port, taken as text.
    private static bool IsExpected(Client client, string uri) =>
        client.RedirectUris.Any(registered => registered == uri || (client.IsPublic && IsLoopback(registered) && Loopback().IsMatch(uri) && WithoutPort(registered) == WithoutPort(uri)
            && PortOf().Match(uri).Groups[1].Value is { Length: > 0 } port && int.Parse(port[1..], CultureInfo.InvariantCulture) < 65536));

    private static bool IsLoopback(string uri) => Loopback().IsMatch(uri);

    private static string WithoutPort(string uri) => PortOf().Replace(uri, "$2", 1);

    [GeneratedRegex(@"\Ahttp://(127\.[0-9]+\.[0-9]+\.[0-9]+|\[::1\])(:[1-9][0-9]{0,4})?([/?](?s:.*))?\z")]
    private static partial Regex Loopback();

    [GeneratedRegex(@"(?<=://[^/?:\[]+|://\[[0-9a-f:]+\])(:[0-9]+)?([/?]|\z)")]
    private static partial Regex PortOf();
}

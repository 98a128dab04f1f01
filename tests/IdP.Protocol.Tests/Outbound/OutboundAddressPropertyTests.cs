using System.Net;
using System.Text.RegularExpressions;
using FsCheck;
using FsCheck.Fluent;
using IdP.Protocol.Outbound;

namespace IdP.Protocol.Tests.Outbound;

public sealed partial class OutboundAddressPropertyTests
{
    private static readonly Gen<string> Addresses = Gen.OneOf(
        Law.AnyText, Law.Near("https://app.example.com/jwks.json", "https://app.example.com:8443/a?b=c", "http://192.0.2.1/x", "https://[2001:db8::1]:443/"),
        from scheme in Gen.Elements("https://", "http://", "HTTPS://", "https:", "https:\\\\", "file://", "gopher://", "") from user in Gen.Elements("", "", "", "a@", ":@", "app.example.com:80@")
        from host in Gen.Elements("app.example.com", "app.example.com.", "2130706433", "0x7f.1", "127.1", "127.0.0.1", "0177.0.0.1", "[::1]", "[::1%25lo]", "[::ffff:127.0.0.1]", "localhost", "１２７.0.0.1", "127。0。0。1", "a..b", "-", "")
        from port in Gen.Elements("", "", ":443", ":", ":0", ":99999", ":80:80") from rest in Gen.Elements("", "/", "/x", "?x", "#x", "/\\@evil.test", "/x y") select scheme + user + host + port + rest);

    [Test]
    public void What_is_called_is_what_is_written() =>
        Law.Holds(Addresses, text => !OutboundAddress.TryParse(text, out var address) || (address.Scheme is "https" or "http" && address.UserInfo.Length == 0 && address.Host.Length > 0
            && (Host(text).Equals(address.Host, StringComparison.OrdinalIgnoreCase) || (IPAddress.TryParse(Host(text).Trim('[', ']'), out var written) && written.Equals(IPAddress.Parse(address.Host))))), runs: 20_000);

    private static string Host(string text) => Port().Replace(text[(text.IndexOf("://", StringComparison.Ordinal) + 3)..].Split('/', '?', '#')[0], "");

    [GeneratedRegex(@"(?<=\]|^[^:\[]*):[0-9]+\z")]
    private static partial Regex Port();
}

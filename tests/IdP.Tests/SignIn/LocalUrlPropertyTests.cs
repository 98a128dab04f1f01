using FsCheck;
using FsCheck.Fluent;
using IdP.SignIn;

namespace IdP.Tests.SignIn;

public sealed class LocalUrlPropertyTests
{
    private static readonly Gen<string> Urls = Gen.OneOf(
        Law.AnyText, Law.Near("/account", "/connect/authorize?client_id=web&redirect_uri=https%3A%2F%2Fapp.example.com%2Fcb", "/%2fevil.test", "/a//evil.test", "//evil.test", "/\\evil.test", "https://evil.test/"),
        from start in Gen.Elements("/", "//", "/\\", "\\/", "/\t/", "/%09/", "/%2f", "/%5c", "/%252f", "/.//", "/..//", " /", "/./\\", "/%2e%2f%2f", "/;//", "") from rest in Law.AnyText select start + "evil.test" + rest);

    [Test]
    public void An_accepted_address_stays_on_this_server_however_a_browser_or_proxy_reads_it() =>
        Law.Holds(Urls, url => !LocalUrl.IsLocal(url) || (StaysHere(url) && StaysHere(Uri.UnescapeDataString(url.Split('?', '#')[0]))), runs: 20_000);

    [Test]
    public void An_accepted_address_cannot_end_the_header_it_is_written_into() =>
        Law.Holds(Urls, url => !LocalUrl.IsLocal(url) || !url.Any(char.IsControl), runs: 20_000);

    // WHATWG URL: browsers drop tabs and line ends anywhere and blanks around, and take a backslash for a slash.
    private static bool StaysHere(string url)
    {
        var seen = string.Concat(url.Trim().Where(c => c is not ('\t' or '\n' or '\r'))).Replace('\\', '/');
        return seen.StartsWith('/') && !seen.StartsWith("//", StringComparison.Ordinal)
            && Uri.TryCreate(new Uri("https://id.example.com/signin"), seen, out var resolved) && resolved.Host == "id.example.com";
    }
}

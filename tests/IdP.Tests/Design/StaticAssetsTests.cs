using System.IO.Compression;
using System.Net;
using IdP.UI.Design;

namespace IdP.Tests.Design;

public sealed class StaticAssetsTests(DatabaseKind database) : ServerTest(database)
{
    protected override ServerSettings Settings => new(Database) { Configuration = null };

    [Test]
    public async Task An_asset_is_kept_for_ever_under_an_address_that_changes_with_its_content()
    {
        using var answer = await AskAsync(null);

        Assert.That(StaticAssets.Url("app.css"), Does.Match("^/assets/[0-9a-f]{12}/app.css$"));
        Assert.That(answer.Headers.CacheControl?.ToString(), Is.EqualTo("public, max-age=31536000, immutable"));
        Assert.That((await Server.NewBrowser().GetAsync("/signin")).Body, Does.Contain($"href=\"{StaticAssets.Url("app.css")}\""));
        Assert.That((await Server.NewBrowser().GetAsync("/assets/000000000000/app.css")).Status, Is.EqualTo(HttpStatusCode.NotFound));
    }

    [TestCase("gzip, deflate, br, zstd", "br")]
    [TestCase("BR", "br")]
    [TestCase("gzip", "gzip")]
    [TestCase("br;q=0, gzip", "gzip")]
    [TestCase("br;q=0.1, gzip;q=0.9", "gzip")]
    [TestCase("*", "br")]
    [TestCase("br;q=0, *", "gzip")]
    public async Task It_comes_compressed_as_the_browser_likes_best_and_is_the_same(string accepted, string encoding)
    {
        using var plain = await AskAsync(null);
        using var compressed = await AskAsync(accepted);

        var bytes = await compressed.Content.ReadAsByteArrayAsync();
        using var packed = new MemoryStream(bytes);
        await using Stream unpacked = encoding == "br" ? new BrotliStream(packed, CompressionMode.Decompress) : new GZipStream(packed, CompressionMode.Decompress);
        using var content = new MemoryStream();
        await unpacked.CopyToAsync(content);
        var original = await plain.Content.ReadAsByteArrayAsync();
        Assert.That(compressed.Content.Headers.ContentEncoding, Is.EqualTo(new[] { encoding }));
        Assert.That(compressed.Headers.Vary, Is.EqualTo(new[] { "Accept-Encoding" }));
        Assert.That(content.ToArray(), Is.EqualTo(original));
        Assert.That(bytes, Has.Length.LessThan(original.Length / 2));
        Assert.That(compressed.Content.Headers.ContentType?.ToString(), Is.EqualTo("text/css; charset=utf-8"));
    }

    [TestCase(null)]
    [TestCase("identity")]
    [TestCase("zstd, deflate")]
    [TestCase("br;q=0, gzip;q=0")]
    [TestCase(";;q=,,\"")]
    public async Task It_comes_plain_to_whoever_reads_no_other_and_caches_know_that_it_varies(string? accepted)
    {
        using var answer = await AskAsync(accepted);

        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(answer.Content.Headers.ContentEncoding, Is.Empty);
        Assert.That(answer.Headers.Vary, Is.EqualTo(new[] { "Accept-Encoding" }));
        Assert.That(await answer.Content.ReadAsStringAsync(), Does.Contain("light-dark("));
    }

    [Test]
    public async Task A_page_is_never_compressed_because_it_has_a_secret_beside_what_others_choose()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/signin?returnUrl=%2Faccount");
        request.Headers.TryAddWithoutValidation("Accept-Encoding", "br, gzip");

        using var answer = await Server.NewHttpClient().SendAsync(request);

        Assert.That(answer.Content.Headers.ContentEncoding, Is.Empty);
        Assert.That(await answer.Content.ReadAsStringAsync(), Does.Contain("name=\"csrf\""));
    }

    private async Task<HttpResponseMessage> AskAsync(string? accepted)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, StaticAssets.Url("app.css"));
        if (accepted is not null) request.Headers.TryAddWithoutValidation("Accept-Encoding", accepted);
        return await Server.NewHttpClient().SendAsync(request);
    }
}

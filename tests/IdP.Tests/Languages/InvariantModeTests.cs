using System.Net;

namespace IdP.Tests.Languages;

/// <summary>An image without ICU runs in the globalization-invariant mode. On one database: what the process knows of cultures does not depend on it.</summary>
public sealed class InvariantModeTests
{
    [Test]
    public async Task A_server_without_culture_data_is_translated_all_the_same()
    {
        await using var database = await MigratedDatabases.CopyAsync(DatabaseKind.Sqlite);
        await using var server = await ServerProcess.StartProviderAsync(new ServerSettings(DatabaseKind.Sqlite), database, LoopbackPort.Free(), new Dictionary<string, string> { ["DOTNET_SYSTEM_GLOBALIZATION_INVARIANT"] = "1" });
        using var http = new HttpClient { BaseAddress = server.Origin };
        http.DefaultRequestHeaders.Add("Accept-Language", "zh-CN");

        using var answer = await http.GetAsync(new Uri("/signin", UriKind.Relative));
        var page = WebUtility.HtmlDecode(await answer.Content.ReadAsStringAsync());

        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(page, Does.Contain("<html lang=\"zh-Hans\"").And.Contain("用户名或电子邮件地址"));
    }
}

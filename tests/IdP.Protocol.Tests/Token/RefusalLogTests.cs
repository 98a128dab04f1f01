namespace IdP.Protocol.Tests.Token;

public sealed class RefusalLogTests(DatabaseKind database) : ServerTest(database)
{
    [Test]
    public async Task A_secret_sent_as_client_id_is_not_written_into_the_log()
    {
        const string Secret = "a-secret-in-the-wrong-field";
        using var http = Server.NewHttpClient();
        using var form = new FormUrlEncodedContent([new("grant_type", "client_credentials"), new("client_id", Secret), new("client_secret", "web")]);

        using var token = await http.PostAsync("/connect/token", form);
        using var authorize = await http.GetAsync("/connect/authorize?response_type=code&client_id=" + Secret);

        Assert.That((token.IsSuccessStatusCode, authorize.IsSuccessStatusCode), Is.EqualTo((false, false)));
        Assert.That(Server.Logs.Contain(Secret), Is.False);
        Assert.That(Server.Logs.Contain("refused a request of client"), Is.True);
    }
}

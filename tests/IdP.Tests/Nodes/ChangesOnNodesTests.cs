using System.Diagnostics;
using System.Net;
using IdP.Clients;
using IdP.Protocol.Clients;
using IdP.Resources;
using Microsoft.EntityFrameworkCore;

namespace IdP.Tests.Nodes;

/// <summary>What an administrator changes on one node binds the others: at once where the database can tell them, otherwise when what they remember is five seconds old.</summary>
public sealed class ChangesOnNodesTests(DatabaseKind database) : OperationTest(database)
{
    private const string RedirectUri = "https://nodes.example.test/cb";

    protected override ServerSettings Settings => base.Settings with { Configuration = TestConfiguration.Default };

    private TimeSpan Limit => Database is DatabaseKind.PostgreSql ? TimeSpan.FromSeconds(2) : TimeSpan.FromSeconds(15);

    [Test]
    public async Task Clients_secrets_redirect_uris_and_scopes_changed_on_one_node_are_in_force_on_another()
    {
        var scope = NewName("scope");
        await SucceedAsync((CreateApiScope create) => create.ExecuteAsync(scope, new ApiScopeSettings(), default));
        await using var other = await StartOtherNodeAsync();
        using var disabled = await CreateAsync(other, scope);
        using var stolen = await CreateAsync(other, scope);
        using var scoped = await CreateAsync(other, scope);
        using var web = await CreateAsync(other, scope);
        foreach (var client in new[] { disabled, stolen, scoped }) (await client.ClientCredentialsAsync(scope)).Expected();
        Assert.That((await web.Http.GetAsync(web.NewRequest("openid").Url)).StatusCode, Is.Not.EqualTo(HttpStatusCode.BadRequest));

        await UpdateAsync(disabled.ClientId, settings => settings.Enabled = false);
        var old = (await FindAsync(stolen.ClientId)).ClientSecrets.Single().Id;
        await SucceedAsync((AddClientSecret add) => add.ExecuteAsync(stolen.ClientId, null, null, null, default));
        await SucceedAsync((RemoveClientSecret remove) => remove.ExecuteAsync(stolen.ClientId, old, default));
        await UpdateAsync(web.ClientId, settings => settings.RedirectUris = ["https://nodes.example.test/elsewhere"]);
        await SucceedAsync((UpdateApiScope update) => update.ExecuteAsync(scope, 0, new ApiScopeSettings { Enabled = false }, default));

        var waited = Stopwatch.StartNew();
        await UntilAsync("disabled client", async () => (await disabled.ClientCredentialsAsync(scope)).Error is "invalid_client" or "unauthorized_client");
        await UntilAsync("removed secret", async () => (await stolen.ClientCredentialsAsync(scope)).Error == "invalid_client");
        await UntilAsync("disabled scope", async () => (await scoped.ClientCredentialsAsync(scope)).Error == "invalid_scope");
        await UntilAsync("removed redirect URI", async () => (await web.Http.GetAsync(web.NewRequest("openid").Url)).StatusCode == HttpStatusCode.BadRequest);

        async Task UntilAsync(string what, Func<Task<bool>> condition)
        {
            while (!await condition())
                if (waited.Elapsed > Limit) Assert.Fail($"The other node knows nothing of the {what} after {waited.Elapsed.TotalSeconds:0.0} s.");
        }
    }

    /// <summary>A new client, as it shows itself to the other node.</summary>
    private async Task<RelyingParty> CreateAsync(ServerProcess node, string scope)
    {
        var clientId = NewName("client");
        var settings = new ClientSettings { AllowedGrantTypes = ["client_credentials", "authorization_code"], RedirectUris = [RedirectUri], AllowedScopes = ["openid", scope] };
        var created = await SucceedAsync((CreateClient create) => create.ExecuteAsync(clientId, settings, [], default));
        return new RelyingParty(node.Origin, clientId, created.GeneratedSecret, RedirectUri);
    }

    private async Task UpdateAsync(string clientId, Action<ClientSettings> change)
    {
        var client = await FindAsync(clientId);
        var settings = ClientSettings.From(client);
        change(settings);
        await SucceedAsync((UpdateClient update) => update.ExecuteAsync(clientId, client.Version, settings, null, default));
    }

    private Task<Client> FindAsync(string clientId) => ReadAsync(db => db.Clients.AsNoTracking().Include(c => c.ClientSecrets).SingleAsync(c => c.ClientId == clientId));
}

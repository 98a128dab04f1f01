using IdP.Protocol.Grants;
using IdP.Sessions;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace IdP.Protocol.Tests.Grants;

/// <summary>Sessions, grants and tokens of any age in a server's database, and the clean-up that meets them.</summary>
internal sealed class PruningRows(ServerUnderTest server)
{
    private const string RefreshToken = "urn:ietf:params:oauth:token-type:refresh_token";

    public DateTimeOffset Now => server.Clock.Time.GetUtcNow();

    public Task<int> PruneAsync() => server.Services.GetServices<IHostedService>().OfType<GrantPruning>().Single().PruneAsync(CancellationToken.None);

    public async Task<(Guid Session, Guid Grant)> AddAsync(DateTimeOffset sessionEnd, int tokens, DateTimeOffset tokenEnd) => await server.WithDatabaseAsync(async db =>
    {
        var user = await db.Users.Select(u => u.Id).FirstAsync();
        var session = new Session { HandleHash = Handles.Hash(Handles.New()), UserId = user, CreatedAt = sessionEnd.AddDays(-1), AuthenticatedAt = sessionEnd.AddDays(-1), LastSeenAt = sessionEnd < Now ? sessionEnd : Now, ExpiresAt = sessionEnd };
        var grant = new Grant { Subject = user.ToString(), SessionId = session.Id, CreatedAt = Now.AddDays(-5), Type = "ad-hoc" };
        db.AddRange(session, grant);
        for (var i = 0; i < tokens; i++) db.Add(new GrantToken { GrantId = grant.Id, Type = RefreshToken, CreatedAt = grant.CreatedAt, ExpiresAt = tokenEnd });
        await db.SaveChangesAsync();
        return (session.Id, grant.Id);
    });

    public Task<int> AddTokenAsync(Guid grant, DateTimeOffset end, string type = RefreshToken) => server.WithDatabaseAsync(db =>
    {
        db.Add(new GrantToken { GrantId = grant, Type = type, CreatedAt = end.AddDays(-1), ExpiresAt = end });
        return db.SaveChangesAsync();
    });

    public Task<(int Sessions, int Grants, int Tokens)> LeftAsync(Guid session, Guid grant) => server.WithDatabaseAsync(async db =>
        (await db.Sessions.CountAsync(s => s.Id == session), await db.Grants.CountAsync(g => g.Id == grant), await db.Tokens.CountAsync(t => t.GrantId == grant)));
}

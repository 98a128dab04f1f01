using IdP.Data;
using IdP.Http;
using IdP.Sessions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;

namespace IdP.AccountApi;

internal static class SessionApi
{
    /// <summary>As many as the page shows.</summary>
    private const int Most = 100;

    public static void MapSessions(this IEndpointRouteBuilder api)
    {
        api.MapGet("/sessions", ListAsync).Reads();
        api.MapDelete("/sessions/{id:guid}", EndAsync).Writes();
        api.MapPost("/sessions/end-others", (HttpContext http, EndOwnSessions end, CancellationToken ct) => ApiBody.NoneAsync(http, async () =>
        {
            var call = ApiCall.Of(http);
            await end.OthersAsync(call.UserId, call.Caller.SessionId, ct);
            return Results.NoContent();
        })).Writes();
        api.MapPost("/sessions/end-all", (HttpContext http, EndOwnSessions end, CancellationToken ct) => ApiBody.NoneAsync(http, async () =>
        {
            await end.AllAsync(ApiCall.Of(http).UserId, ct);
            return Results.NoContent();
        })).Writes();
    }

    private static async Task<IResult> ListAsync(HttpContext http, IdpDbContext db, TimeProvider clock, CancellationToken ct)
    {
        var (call, now) = (ApiCall.Of(http), clock.GetUtcNow());
        var sessions = await db.Sessions.AsNoTracking().Where(s => s.UserId == call.UserId && s.EndedAt == null && s.ExpiresAt > now).OrderByDescending(s => s.LastSeenAt).Take(Most).ToListAsync(ct);
        return Results.Json(new { sessions = sessions.Select(s => Describe(s, call)) });
    }

    private static object Describe(Session session, ApiCall call)
    {
        var (browser, system) = BrowserName.Of(session.UserAgent);
        return new
        {
            session.Id,
            IsCurrent = session.Id == call.Caller.SessionId,
            Browser = browser,
            System = system,
            Address = session.RemoteAddress,
            SignedInAt = session.AuthenticatedAt,
            session.LastSeenAt,
            session.ExpiresAt,
            Methods = session.AuthenticationMethods,
            session.IdentityProvider,
        };
    }

    private static async Task<IResult> EndAsync(HttpContext http, Guid id, EndSession end, CancellationToken ct) =>
        (await end.ExecuteAsync(id, ApiCall.Of(http).UserId, ct)).Failure is { } failure ? ApiProblem.Of(http, failure) : Results.NoContent();
}

using IdP.Access;
using IdP.Data;
using IdP.Protocol.Authorize;
using IdP.Recovery;
using IdP.Recovery.Supervised;
using IdP.UI.Design;
using IdP.UI.SignIn;
using IdP.Users;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace IdP.UI.Console.Recoveries;

/// <summary>Requests of people who have nothing left to sign in with, each found by the number that the person tells; there is no list to pick the wrong one from.</summary>
internal static class RecoveryEndpoints
{
    private const int NumberLength = 8;

    public static void MapRecoveries(this RouteGroupBuilder desk)
    {
        if (!((IEndpointRouteBuilder)desk).ServiceProvider.GetRequiredService<IOptions<RecoveryOptions>>().Value.Supervised) return;
        desk.MapGet("/recoveries", ShowAsync);
        desk.MapPost("/recoveries/{id:guid}", DecideAsync).RequireRecentProof(PageOf);
    }

    private static async Task<IResult> ShowAsync(HttpContext http, IdpDbContext db, string? number, string? done, CancellationToken ct)
    {
        var typed = SearchText.Of(number);
        var digits = Digits(typed);
        var found = digits.Length == NumberLength ? await db.RecoveryRequests.AsNoTracking().Include(r => r.User).FirstOrDefaultAsync(r => r.Number == digits, ct) : null;
        return await PageAsync(http, found, typed, done switch { "approved" => "The request is approved. The person goes on in their browser.", "refused" => "The request is refused.", _ => null }, null, null, ct);
    }

    /// <summary>The request that was being decided, after a new proof of who decides it.</summary>
    private static string PageOf(HttpContext http) => Digits(http.Request.Form["number"].ToString()) is { Length: NumberLength } digits ? $"{ConsoleAccess.RecoveriesPath}?number={digits}" : ConsoleAccess.RecoveriesPath;

    private static string Digits(string text) => string.Concat(text.Where(char.IsAsciiDigit));

    private static async Task<IResult> DecideAsync(HttpContext http, Guid id, DecideRecovery decide, IdpDbContext db, [FromForm] string? reason, [FromForm] string? decision, CancellationToken ct)
    {
        var found = await db.RecoveryRequests.AsNoTracking().Include(r => r.User).FirstOrDefaultAsync(r => r.Id == id, ct);
        if (found is null) return Results.NotFound();
        var failure = decision is "approve" or "refuse" ? (await decide.ExecuteAsync(id, decision == "approve", reason, ct)).Failure : Failure.Invalid("required", "Approve or refuse.");
        if (failure is null) return SeeOther.To($"{ConsoleAccess.RecoveriesPath}?number={found.Number}&done={(decision == "approve" ? "approved" : "refused")}");
        return await PageAsync(http, await db.RecoveryRequests.AsNoTracking().Include(r => r.User).FirstOrDefaultAsync(r => r.Id == id, ct), found.Number, null, failure, reason, ct);
    }

    private static async Task<IResult> PageAsync(HttpContext http, RecoveryRequest? request, string typed, string? notice, Failure? failure, string? reason, CancellationToken ct)
    {
        var services = http.RequestServices;
        return Page.Of<RecoveriesPage>(new
        {
            Number = typed,
            Request = request,
            Name = request is null ? null : services.GetRequiredService<RecoveryNames>().Read(request),
            State = request is null ? null : services.GetRequiredService<WaitingRecovery>().StateOf(request),
            // Whoever may not help this person is told so before they ask questions.
            Refusal = request is null ? null : await services.GetRequiredService<HelpDesk>().RefuseHelpingAsync(request.UserId ?? Guid.Empty, ct),
            Notice = notice,
            Failure = failure,
            Reason = reason,
        }, failure is null ? StatusCodes.Status200OK : failure.ToStatus());
    }
}

using IdP.Ledger;
using IdP.Sessions;
using IdP.UI.Console;
using IdP.UI.Design;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace IdP.UI.Account.Ledger;

internal static class LedgerEndpoints
{
    public static void MapLedger(this IEndpointRouteBuilder account) => account.MapGet("/activity", async (HttpContext http, ActivityLog log, string? after, CancellationToken ct) =>
    {
        var person = SignedInPerson.From(http.User)!; // the group is for signed-in people
        return Page.Of<LedgerPage>(new { ConsoleUrl = ConsoleAccess.UrlFor(person.Roles), Shown = await log.ReadAsync(person.UserId, after, ct), IsFirst = after is null });
    });
}

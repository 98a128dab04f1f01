using IdP.Access;
using IdP.Dashboard;
using IdP.Data;
using IdP.PersonalData;
using IdP.Protocol.Authorize;
using IdP.Sessions;
using IdP.UI.Console.AssertionIssuers;
using IdP.UI.Console.Assignments;
using IdP.UI.Console.Clients;
using IdP.UI.Console.Conformance;
using IdP.UI.Console.Dashboard;
using IdP.UI.Console.Decisions;
using IdP.UI.Console.Erasures;
using IdP.UI.Console.Invitations;
using IdP.UI.Console.Policies;
using IdP.UI.Console.Recoveries;
using IdP.UI.Console.Registration;
using IdP.UI.Console.Sessions;
using IdP.UI.Console.SignOuts;
using IdP.UI.Console.Users;
using IdP.UI.Design;
using IdP.Users;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace IdP.UI.Console;

internal static class ConsoleEndpoints
{
    public static void MapConsole(this IEndpointRouteBuilder endpoints)
    {
        var console = GroupFor(endpoints, Role.Owner);
        // The help desk has what is mapped here and nothing else; whom it may help is decided behind each form (HelpDesk).
        var desk = GroupFor(endpoints, Role.Owner, Role.HelpDesk);
        console.MapGet("/", async (IdpDbContext db, OpenPersonalParts parts, TimeProvider clock, CancellationToken ct) => Page.Of<DashboardPage>(new { Figures = await DashboardFigures.ReadAsync(db, parts, clock, ct) }));
        desk.MapPost("/theme", SetTheme);
        console.MapClients();
        console.MapAssignments();
        console.MapUsers();
        desk.MapHelp();
        desk.MapRecoveries();
        console.MapInvitations();
        console.MapPolicies();
        console.MapDecisions();
        console.MapSessions();
        console.MapSignOuts();
        console.MapErasures();
        console.MapRegistration();
        console.MapAssertionIssuers();
        console.MapConformance();
    }

    private static RouteGroupBuilder GroupFor(IEndpointRouteBuilder endpoints, params string[] roles) =>
        endpoints.MapGroup("/console").RequireAuthorization(policy => policy.RequireRole(roles)).AddEndpointFilter(NameActorAsync);

    private static async ValueTask<object?> NameActorAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var http = context.HttpContext;
        var person = SignedInPerson.From(http.User)!;
        if (person.MustChangePassword) return SeeOther.To("/account/password?returnUrl=" + Uri.EscapeDataString(ConsoleAccess.UrlFor(person.Roles)!)); // it opens for the person
        http.RequestServices.GetRequiredService<Actor>().Become(ActorSources.Console, person.UserId, person.Roles, http);
        return await next(context);
    }

    private static IResult SetTheme(HttpContext http, [FromForm] string? theme)
    {
        if (theme is "light" or "dark")
            http.Response.Cookies.Append("theme", theme, new CookieOptions { MaxAge = TimeSpan.FromDays(365), Path = "/", SameSite = SameSiteMode.Lax, Secure = http.Request.IsHttps, HttpOnly = true });
        return SeeOther.To(ConsoleAccess.UrlFor(SignedInPerson.From(http.User)!.Roles)!); // it opens for the person
    }
}

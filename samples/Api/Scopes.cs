using System.Security.Claims;
using Microsoft.AspNetCore.Authorization;

namespace Api;

#region docs_scope
internal sealed record ScopeRequirement(string Scope) : IAuthorizationRequirement;

internal sealed class ScopeHandler : AuthorizationHandler<ScopeRequirement>
{
    protected override Task HandleRequirementAsync(AuthorizationHandlerContext context, ScopeRequirement requirement)
    {
        if (ScopesOf(context.User).Contains(requirement.Scope, StringComparer.Ordinal)) context.Succeed(requirement);
        return Task.CompletedTask;
    }

    // RFC 9068 2.2.3: one claim with the scopes separated by spaces.
    public static IEnumerable<string> ScopesOf(ClaimsPrincipal user) =>
        user.FindAll("scope").SelectMany(claim => claim.Value.Split(' ', StringSplitOptions.RemoveEmptyEntries));
}
#endregion

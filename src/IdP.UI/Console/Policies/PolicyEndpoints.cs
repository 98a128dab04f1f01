using IdP.Access;
using IdP.Data;
using IdP.Policies;
using IdP.Protocol.Authorize;
using IdP.Sessions;
using IdP.UI.Design;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;

namespace IdP.UI.Console.Policies;

/// <summary>Sign-in policies, addressed by key, because a name may hold anything. Before a change is saved that keeps out whoever makes it, it is said; and any can be tried on what was decided before.</summary>
internal static class PolicyEndpoints
{
    private const string Root = "/console/policies", Try = "try";

    public static void MapPolicies(this RouteGroupBuilder console)
    {
        console.MapGet("/policies", ListAsync);
        console.MapGet("/policies/new", ([AsParameters] PolicyDesk desk, CancellationToken ct) => NewPageAsync(desk, PolicyForm.Of("", new()), new(), ct));
        console.MapPost("/policies/new", CreateAsync);
        console.MapGet("/policies/{id:guid}", (Guid id, [AsParameters] PolicyDesk desk, string? done, CancellationToken ct) =>
            PageOfAsync(desk, id, new() { Notice = done switch { "created" => "The policy is created.", "saved" => "The changes are saved.", _ => null } }, ct));
        console.MapPost("/policies/{id:guid}", UpdateAsync);
        console.MapPost("/policies/{id:guid}/delete", DeleteAsync);
    }

    private static async Task<IResult> ListAsync(IdpDbContext db, string? done, CancellationToken ct) => Page.Of<PoliciesPage>(new
    {
        Policies = await db.SignInPolicies.AsNoTracking().OrderBy(p => p.Name).Take(PolicyRules.MaxPolicies).ToListAsync(ct),
        Notice = done == "deleted" ? "The policy is deleted. It asks nobody for anything from now on." : null,
    });

    private static async Task<IResult> CreateAsync(HttpContext http, [AsParameters] PolicyDesk desk, CreateSignInPolicy create, [FromForm] string? name, [FromForm] string? confirmed, [FromForm(Name = "do")] string? what, CancellationToken ct)
    {
        var form = PolicyForm.Read((name ?? "").Trim(), http.Request.Form);
        if (await WrongAsync(form, desk, ct) is { } wrong) return await NewPageAsync(desk, form, new() { Failure = wrong }, ct);
        if (what == Try) return await NewPageAsync(desk, form, new() { Replay = await desk.Replay.RunAsync(new(form.Name, form.Settings), ct), LockOut = await LosesAsync(form, desk, http, ct) }, ct);
        if (confirmed != "true" && await LosesAsync(form, desk, http, ct) is { } loss) return await NewPageAsync(desk, form, new() { LockOut = loss }, ct);
        return (await create.ExecuteAsync(form.Name, form.Settings, ct)).Succeeded(out var created, out var failure) ? SeeOther.To($"{Root}/{created.Id}?done=created") : await NewPageAsync(desk, form, new() { Failure = failure }, ct);
    }

    private static async Task<IResult> UpdateAsync(
        Guid id, HttpContext http, [AsParameters] PolicyDesk desk, UpdateSignInPolicy update, [FromForm] int version, [FromForm] string? confirmed, [FromForm(Name = "do")] string? what, CancellationToken ct)
    {
        if (await desk.Db.SignInPolicies.AsNoTracking().SingleOrDefaultAsync(p => p.Id == id, ct) is not { } stored) return Results.NotFound();
        var form = PolicyForm.Read(stored.Name, http.Request.Form);
        var failure = await WrongAsync(form, desk, ct);
        if (failure is null && what == Try)
            return await PageOfAsync(desk, id, new() { Form = form, Version = version, Replay = await desk.Replay.RunAsync(new(form.Name, form.Settings), ct), LockOut = await LosesAsync(form, desk, http, ct) }, ct);
        if (failure is null && confirmed != "true" && await LosesAsync(form, desk, http, ct) is { } loss) return await PageOfAsync(desk, id, new() { Form = form, Version = version, LockOut = loss }, ct);
        failure ??= (await update.ExecuteAsync(stored.Name, version, form.Settings, ct)).Failure;
        return failure is null ? SeeOther.To($"{Root}/{id}?done=saved") : await PageOfAsync(desk, id, new() { Form = form, Version = version, Failure = failure }, ct);
    }

    private static async Task<IResult> DeleteAsync(Guid id, [AsParameters] PolicyDesk desk, DeleteSignInPolicy delete, [FromForm] int version, [FromForm] string? confirm, [FromForm(Name = "do")] string? what, CancellationToken ct)
    {
        if (await desk.Db.SignInPolicies.AsNoTracking().SingleOrDefaultAsync(p => p.Id == id, ct) is not { } stored) return Results.NotFound();
        if (what == Try) return await PageOfAsync(desk, id, new() { Replay = await desk.Replay.RunAsync(new(stored.Name, null), ct), IsForDeletion = true }, ct);
        if (confirm?.Trim() != stored.Name) return await PageOfAsync(desk, id, new() { DeleteError = "Type the name exactly." }, ct);
        return (await delete.ExecuteAsync(stored.Name, version, ct)).Failure is { } failure
            ? await PageOfAsync(desk, id, new() { Failure = failure }, ct)
            : SeeOther.To($"{Root}?done=deleted");
    }

    /// <summary>Everything that is wrong, before anything is said about what the policy would do.</summary>
    private static async Task<Failure?> WrongAsync(PolicyForm form, PolicyDesk desk, CancellationToken ct) =>
        Failure.Several(PolicyRules.Check(form.Name, form.Settings, await desk.Known.AmongAsync(form.Settings, ct)));

    private static async Task<string?> LosesAsync(PolicyForm form, PolicyDesk desk, HttpContext http, CancellationToken ct) =>
        await desk.LockOut.FindAsync(new(form.Name, form.Settings), SignedInPerson.From(http.User)!, http, ct) is { } found ? PolicyWords.LockedOut(found) : null; // the console is for people in a session

    private static async Task<IResult> NewPageAsync(PolicyDesk desk, PolicyForm form, State state, CancellationToken ct) =>
        Page.Of<NewPolicyPage>(new { Form = form, Choices = await PolicyChoices.ReadAsync(desk.Db, ct), state.Failure, state.LockOut, state.Replay }, StatusOf(state));

    private static async Task<IResult> PageOfAsync(PolicyDesk desk, Guid id, State state, CancellationToken ct)
    {
        var db = desk.Db;
        db.ChangeTracker.Clear();
        if (await db.SignInPolicies.AsNoTracking().SingleOrDefaultAsync(p => p.Id == id, ct) is not { } policy) return Results.NotFound();
        return Page.Of<PolicyPage>(new
        {
            Policy = policy,
            InGrace = policy.EnrolmentGraceDays > 0 ? await desk.Graces.CountAsync(policy, ct) : 0,
            Form = state.Form ?? PolicyForm.Of(policy.Name, SignInPolicySettings.From(policy)),
            Choices = await PolicyChoices.ReadAsync(db, ct),
            Version = state.Version ?? policy.Version,
            IsInFile = desk.Configuration["Configuration:File"] is { Length: > 0 }
                && await db.AuditEntries.AnyAsync(e => e.TargetType == "sign_in_policy" && e.TargetId == policy.Name && e.Source == ActorSources.File, ct),
            state.Notice,
            state.DeleteError,
            state.Failure,
            state.LockOut,
            state.Replay,
            state.IsForDeletion,
        }, StatusOf(state));
    }

    /// <summary>A warning is no mistake, but nothing was saved either.</summary>
    private static int StatusOf(State state) => state switch
    {
        { Failure: { } failure } => failure.ToStatus(),
        { DeleteError: not null } => StatusCodes.Status400BadRequest,
        { LockOut: not null, Replay: null } => StatusCodes.Status409Conflict,
        _ => StatusCodes.Status200OK,
    };

    private sealed record State
    {
        public PolicyForm? Form { get; init; }
        public int? Version { get; init; }
        public string? Notice { get; init; }
        public string? DeleteError { get; init; }
        public Failure? Failure { get; init; }
        public string? LockOut { get; init; }
        public Replay? Replay { get; init; }

        /// <summary>Whether the replay is about the policy's absence, and not about what stands in the form.</summary>
        public bool IsForDeletion { get; init; }
    }
}

/// <summary>What all of the pages need.</summary>
internal sealed record PolicyDesk(IdpDbContext Db, IConfiguration Configuration, KnownPolicyNames Known, OwnLockOut LockOut, PolicyReplay Replay, EnrolmentGraces Graces);

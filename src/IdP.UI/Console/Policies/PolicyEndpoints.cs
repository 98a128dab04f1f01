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
        console.MapGet("/policies/new", (IdpDbContext db, CancellationToken ct) => NewPageAsync(db, PolicyForm.Of("", new()), new(), ct));
        console.MapPost("/policies/new", CreateAsync);
        console.MapGet("/policies/{id:guid}", (Guid id, IdpDbContext db, IConfiguration configuration, string? done, CancellationToken ct) =>
            PageOfAsync(db, configuration, id, new() { Notice = done switch { "created" => "The policy is created.", "saved" => "The changes are saved.", _ => null } }, ct));
        console.MapPost("/policies/{id:guid}", UpdateAsync);
        console.MapPost("/policies/{id:guid}/delete", DeleteAsync);
    }

    private static async Task<IResult> ListAsync(IdpDbContext db, string? done, CancellationToken ct) => Page.Of<PoliciesPage>(new
    {
        Policies = await db.SignInPolicies.AsNoTracking().OrderBy(p => p.Name).Take(PolicyRules.MaxPolicies).ToListAsync(ct),
        Notice = done == "deleted" ? "The policy is deleted. It asks nobody for anything from now on." : null,
    });

    private static async Task<IResult> CreateAsync(HttpContext http, IdpDbContext db, CreateSignInPolicy create, KnownPolicyNames known, OwnLockOut lockOut, PolicyReplay replay, [FromForm] string? name, [FromForm] string? confirmed, [FromForm(Name = "do")] string? what, CancellationToken ct)
    {
        var form = PolicyForm.Read((name ?? "").Trim(), http.Request.Form);
        if (await WrongAsync(form, known, ct) is { } wrong) return await NewPageAsync(db, form, new() { Failure = wrong }, ct);
        if (what == Try) return await NewPageAsync(db, form, new() { Replay = await replay.RunAsync(new(form.Name, form.Settings), ct), LockOut = await LosesAsync(form, lockOut, http, ct) }, ct);
        if (confirmed != "true" && await LosesAsync(form, lockOut, http, ct) is { } loss) return await NewPageAsync(db, form, new() { LockOut = loss }, ct);
        return (await create.ExecuteAsync(form.Name, form.Settings, ct)).Succeeded(out var created, out var failure) ? SeeOther.To($"{Root}/{created.Id}?done=created") : await NewPageAsync(db, form, new() { Failure = failure }, ct);
    }

    private static async Task<IResult> UpdateAsync(
        Guid id, HttpContext http, IdpDbContext db, IConfiguration configuration, UpdateSignInPolicy update, KnownPolicyNames known, OwnLockOut lockOut, PolicyReplay replay, [FromForm] int version, [FromForm] string? confirmed, [FromForm(Name = "do")] string? what, CancellationToken ct)
    {
        if (await db.SignInPolicies.AsNoTracking().SingleOrDefaultAsync(p => p.Id == id, ct) is not { } stored) return Results.NotFound();
        var form = PolicyForm.Read(stored.Name, http.Request.Form);
        var failure = await WrongAsync(form, known, ct);
        if (failure is null && what == Try)
            return await PageOfAsync(db, configuration, id, new() { Form = form, Version = version, Replay = await replay.RunAsync(new(form.Name, form.Settings), ct), LockOut = await LosesAsync(form, lockOut, http, ct) }, ct);
        if (failure is null && confirmed != "true" && await LosesAsync(form, lockOut, http, ct) is { } loss) return await PageOfAsync(db, configuration, id, new() { Form = form, Version = version, LockOut = loss }, ct);
        failure ??= (await update.ExecuteAsync(stored.Name, version, form.Settings, ct)).Failure;
        return failure is null ? SeeOther.To($"{Root}/{id}?done=saved") : await PageOfAsync(db, configuration, id, new() { Form = form, Version = version, Failure = failure }, ct);
    }

    private static async Task<IResult> DeleteAsync(Guid id, IdpDbContext db, IConfiguration configuration, DeleteSignInPolicy delete, PolicyReplay replay, [FromForm] int version, [FromForm] string? confirm, [FromForm(Name = "do")] string? what, CancellationToken ct)
    {
        if (await db.SignInPolicies.AsNoTracking().SingleOrDefaultAsync(p => p.Id == id, ct) is not { } stored) return Results.NotFound();
        if (what == Try) return await PageOfAsync(db, configuration, id, new() { Replay = await replay.RunAsync(new(stored.Name, null), ct), IsForDeletion = true }, ct);
        if (confirm?.Trim() != stored.Name) return await PageOfAsync(db, configuration, id, new() { DeleteError = "Type the name exactly." }, ct);
        return (await delete.ExecuteAsync(stored.Name, version, ct)).Failure is { } failure
            ? await PageOfAsync(db, configuration, id, new() { Failure = failure }, ct)
            : SeeOther.To($"{Root}?done=deleted");
    }

    /// <summary>Everything that is wrong, before anything is said about what the policy would do.</summary>
    private static async Task<Failure?> WrongAsync(PolicyForm form, KnownPolicyNames known, CancellationToken ct) =>
        Failure.Several(PolicyRules.Check(form.Name, form.Settings, await known.AmongAsync(form.Settings, ct)));

    private static async Task<string?> LosesAsync(PolicyForm form, OwnLockOut lockOut, HttpContext http, CancellationToken ct) =>
        await lockOut.FindAsync(new(form.Name, form.Settings), SignedInPerson.From(http.User)!, http, ct) is { } found ? PolicyWords.LockedOut(found) : null; // the console is for people in a session

    private static async Task<IResult> NewPageAsync(IdpDbContext db, PolicyForm form, State state, CancellationToken ct) =>
        Page.Of<NewPolicyPage>(new { Form = form, Choices = await PolicyChoices.ReadAsync(db, ct), state.Failure, state.LockOut, state.Replay }, StatusOf(state));

    private static async Task<IResult> PageOfAsync(IdpDbContext db, IConfiguration configuration, Guid id, State state, CancellationToken ct)
    {
        db.ChangeTracker.Clear();
        if (await db.SignInPolicies.AsNoTracking().SingleOrDefaultAsync(p => p.Id == id, ct) is not { } policy) return Results.NotFound();
        return Page.Of<PolicyPage>(new
        {
            Policy = policy,
            Form = state.Form ?? PolicyForm.Of(policy.Name, SignInPolicySettings.From(policy)),
            Choices = await PolicyChoices.ReadAsync(db, ct),
            Version = state.Version ?? policy.Version,
            IsInFile = configuration["Configuration:File"] is { Length: > 0 }
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

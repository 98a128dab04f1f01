using IdP.Access;
using IdP.Audit;
using IdP.Credentials.Passwords;
using IdP.Data;
using IdP.Links;
using IdP.Policies;
using IdP.SignIn;
using IdP.Users;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace IdP.SignUp;

/// <summary>
/// Makes the account behind the link of a mail, and signs in to it: who has the link has shown that the address is theirs. What an invitation says about roles and groups comes from it, never from the form.
/// </summary>
public sealed class FinishSignUp(
    IdpDbContext db, OneTimeLinks links, PasswordQueue passwords, PasswordRules rules, CreateUser create, CompleteSignIn complete, PolicyCheck policies, AuditLog audit, Actor actor, IOptions<SignUpOptions> options, TimeProvider clock)
{
    /// <summary>The page that asks for name and password.</summary>
    public const string Path = "/signup/finish";

    private const int PolicyVersion = 2;
    private static readonly string[] Methods = ["pwd"];

    /// <summary>The link and what it decides; null when it opens nothing (any more).</summary>
    public async Task<(OneTimeLink Link, UserSettings Settings)?> FindAsync(string? token, CancellationToken ct)
    {
        var link = await links.FindAsync(LinkPurposes.Invitation, token, ct) ?? (options.Value.Enabled ? await links.FindAsync(LinkPurposes.SignUp, token, ct) : null);
        if (link is null || NewAccount.Read(link.Data) is not { } account) return null;
        // Whoever may not administer any more cannot have invited anybody.
        if (account.InvitedBy is { } inviter && !await db.Users.AnyAsync(u => u.Id == inviter && u.Enabled && db.UserRoles.Any(r => r.UserId == u.Id && db.Roles.Any(o => o.Id == r.RoleId && o.Name == Role.Owner)), ct)) return null;
        return (link, account.Settings);
    }

    /// <returns>The link that was used.</returns>
    public async Task<Outcome<OneTimeLink>> ExecuteAsync(string? token, string? name, string password, HttpContext http, CancellationToken ct)
    {
        if (await FindAsync(token, ct) is not ({ } link, { } settings)) return Failure.NotFound("link");
        settings.Name = string.IsNullOrWhiteSpace(name) ? settings.Name : name.Trim();
        List<Failure> failures = [];
        if (settings.Name is null) failures.Add(Failure.Invalid("required", "Enter your name.", "name"));
        TextRules.Check(failures, settings.Name, 200, "name");
        if (await rules.CheckAsync(password, PasswordOwner.Of(settings), ct) is { } bad) failures.Add(bad);
        if (Failure.Several(failures) is { } invalid) return invalid;
        if (await passwords.HashAsync(new User(), password, PasswordSource.Network(http.Connection.RemoteIpAddress), ct) is not { } hash) return Failure.Busy(passwords.RetryAfter);

        var now = clock.GetUtcNow();
        actor.Become(ActorSources.SignIn, userId: null, roles: [], http);
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        if (!await links.TakeWithOthersAsync(link, ct)) return Failure.NotFound("link"); // another request was faster
        var outcome = await create.AddAsync(settings, new InitialPassword.Imported(ImportedHash.Argon2id, hash), enabled: true, ct);
        if (!outcome.Succeeded(out var saved, out var failure))
            // Roles and groups of an invitation may be gone by now: nothing that the invited person could mend.
            return failure.Code == "taken" ? Failure.Conflict("account_exists", "There is an account with this address already.") : Failure.Conflict("account_not_made", "The account cannot be made the way it was offered. Ask whoever invited you.");
        var decision = SignInDecisions.New(http, now, null, saved.User.Id, Methods, "local", PolicyVersion);
        var judged = await policies.JudgeAsync(SignInDecisions.InputsOf(decision, device: null), ct);
        decision.Judged(judged);
        decision.Outcome = judged.Outcome;
        if (link.Purpose == LinkPurposes.Invitation) audit.Record("invitation.accepted", "invitation", link.Id.ToString(), new { userId = saved.User.Id }, actorId: saved.User.Id);
        // Where a policy asks for more the account is there, and the sign-in that follows says what is missing.
        if (judged.Allows)
        {
            await complete.ExecuteAsync(saved.User, Methods, "local", deviceId: null, decision, judged, http);
            saved.User.LastSignInAt = now; // only now: a first browser is no news
        }
        db.SignInDecisions.Add(decision);
        await db.SaveChangesAsync(CancellationToken.None);
        await transaction.CommitAsync(CancellationToken.None);
        return link;
    }
}

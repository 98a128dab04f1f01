using System.Text.Json;
using IdP.Data;
using IdP.Links;
using IdP.Sessions;
using IdP.SignIn;
using IdP.Users;
using Microsoft.EntityFrameworkCore;

namespace IdP.Recovery.Passes;

/// <summary>What is kept with a pass.</summary>
/// <param name="IssuedBy">Null for the machine's operator.</param>
/// <param name="LostFactors">Whether the person has lost the factors there are: they are not asked for, and end with the new one.</param>
public sealed record TemporaryPassFacts(Guid? IssuedBy, bool LostFactors)
{
    public string Write() => JsonSerializer.Serialize(this, JsonSerializerOptions.Web);

    /// <summary>What <see cref="Write"/> writes for this issuer, to find what they issued.</summary>
    internal static string IssuedByText(Guid issuer) => $"\"issuedBy\":\"{issuer}\"";

    public static TemporaryPassFacts Read(OneTimeLink pass) => JsonSerializer.Deserialize<TemporaryPassFacts>(pass.Data!, JsonSerializerOptions.Web)!; // what Write wrote
}

/// <summary>A pass that can still be used, for whoever looks at the person in the console.</summary>
/// <param name="IsTyped">Whether the person has typed it and is setting something new just now.</param>
public sealed record OpenTemporaryPass(DateTimeOffset ExpiresAt, string? IssuedBy, bool LostFactors, bool IsTyped);

/// <summary>Finds and takes temporary passes. The table has their hashes, each with its person's id in it: a pass is nothing under another name.</summary>
public sealed class TemporaryPasses(IdpDbContext db, OneTimeLinks links, HelpDesk desk, TimeProvider clock)
{
    /// <summary>One statement whoever it is asked for, and another only when it was right.</summary>
    /// <param name="letters">As <see cref="TemporaryPass.Read"/> gives them.</param>
    public async Task<OneTimeLink?> FindAsync(User? user, string letters, CancellationToken ct)
    {
        var (id, now) = (user?.Id ?? Guid.Empty, clock.GetUtcNow());
        var hash = HashOf(id, letters);
        var pass = await db.OneTimeLinks.AsNoTracking().FirstOrDefaultAsync(l => l.TokenHash == hash && l.UserId == id && l.Purpose == LinkPurposes.TemporaryPass && l.UsedAt == null && l.ExpiresAt > now
            && l.SecurityStamp == (l.User!.SecurityStamp ?? ""), ct);
        return pass is not null && user is { Enabled: true } && await desk.MayStillHelpAsync(TemporaryPassFacts.Read(pass).IssuedBy, id, ct) ? pass : null;
    }

    /// <summary>Uses it up. False when another request was faster, or it was taken back. Part of the change being made.</summary>
    public Task<bool> TakeAsync(OneTimeLink pass) => links.TakeAsync(pass, CancellationToken.None);

    public async Task<OpenTemporaryPass?> FindOpenAsync(Guid userId, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        var pass = await db.OneTimeLinks.AsNoTracking().Where(l => l.UserId == userId && l.Purpose == LinkPurposes.TemporaryPass && l.UsedAt == null && l.ExpiresAt > now && l.SecurityStamp == (l.User!.SecurityStamp ?? ""))
            .OrderByDescending(l => l.CreatedAt).FirstOrDefaultAsync(ct);
        var login = pass is not null ? null : await db.PendingLogins.AsNoTracking().Where(l => l.UserId == userId && l.Rescue == RescueKind.Pass && l.CompletedAt == null && l.ExpiresAt > now && l.SecurityStamp == (l.User!.SecurityStamp ?? ""))
            .OrderByDescending(l => l.CreatedAt).FirstOrDefaultAsync(ct);
        if (pass is null && login is null) return null;
        var facts = pass is null ? new(login!.RescuedBy, login.ReplacesFactors) : TemporaryPassFacts.Read(pass); // one of both is there
        if (!await desk.MayStillHelpAsync(facts.IssuedBy, userId, ct)) return null;
        var issuer = await db.Users.Where(u => u.Id == facts.IssuedBy).Select(u => u.UserName).FirstOrDefaultAsync(ct);
        return new(pass?.ExpiresAt ?? login!.ExpiresAt, issuer, facts.LostFactors, IsTyped: pass is null); // likewise
    }

    internal static string HashOf(Guid userId, string letters) => Handles.Hash($"pass {userId} {letters}");
}

using System.Buffers.Text;
using System.Text.Json;
using IdP.Data;
using IdP.Users;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;

namespace IdP.Credentials.Passkeys;

/// <summary>Who a passkey's answer belongs to, and with what it was given.</summary>
/// <param name="ChallengeId">What its row in the deny list is called.</param>
public sealed record ProvenPasskey(User User, string ChallengeId);

/// <summary>Takes a passkey's answer (WebAuthn 7.2) as part of the change being made.</summary>
public sealed class PasskeyProof(IdpDbContext db, PasskeyCeremonies ceremonies, TimeProvider clock, ILogger<PasskeyProof> logger)
{
    private const int MaxAnswer = 16_384;

    /// <summary>
    /// RFC 8176 and OpenID Connect EAP ACR Values: a key was shown (<c>pop</c>), with the person there (<c>user</c>) and verified by the device, which makes two
    /// factors. Nothing vouches for hardware, so neither <c>hwk</c> nor <c>swk</c> is claimed.
    /// </summary>
    public static IReadOnlyList<string> Methods { get; } = ["pop", "user", "mfa"];

    /// <param name="copied">Told whose passkey it is when there may be a copy of it: a right answer whose counter went back.</param>
    /// <summary>Null when the answer is not worth anything. Unless the caller holds the person's row it must ask <see cref="IsSpentAsync"/> once it does.</summary>
    public async Task<ProvenPasskey?> TakeAsync(string credential, string state, HttpContext http, CancellationToken ct, Action<Guid>? copied = null)
    {
        if (credential.Length > MaxAnswer || state.Length > MaxAnswer) return null;
        if (await ceremonies.AnswerAsync(credential, state, http) is not var (answer, spent)) return null;
        if (PasskeyCeremonies.IsCopy(answer) && await OwnerOfAsync(credential, ct) is { } owner)
        {
            Log.CounterWentBack(logger, owner);
            copied?.Invoke(owner);
        }
        if (answer is not { Succeeded: true, User: { } user, Passkey: { } answered }) return null;
        var passkey = await db.UserPasskeys.FirstOrDefaultAsync(p => p.CredentialId == answered.CredentialId && p.UserId == user.Id, ct);
        if (passkey is null || await IsSpentAsync(spent.TokenId, ct)) return null; // removed in this very moment, or sent twice
        passkey.Data.SignCount = answered.SignCount;
        passkey.Data.IsBackedUp = answered.IsBackedUp;
        passkey.LastUsedAt = clock.GetUtcNow();
        db.RevokedTokens.Add(spent);
        return new(user, spent.TokenId);
    }

    /// <summary>Of an answer whose signature was right.</summary>
    private async Task<Guid?> OwnerOfAsync(string credential, CancellationToken ct)
    {
        using var read = JsonDocument.Parse(credential);
        var id = Base64Url.DecodeFromChars(read.RootElement.GetProperty("id").GetString());
        return await db.UserPasskeys.Where(p => p.CredentialId == id).Select(p => (Guid?)p.UserId).FirstOrDefaultAsync(ct);
    }

    /// <summary>Whether the challenge has led to something already.</summary>
    public Task<bool> IsSpentAsync(string challengeId, CancellationToken ct) => db.RevokedTokens.AnyAsync(t => t.TokenId == challengeId, ct);
}

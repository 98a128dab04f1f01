using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using IdP.Access;
using IdP.Audit;
using IdP.Data;
using IdP.Sessions;
using IdP.Users;
using Microsoft.EntityFrameworkCore;

namespace IdP.Credentials.RecoveryCodes;

/// <summary>
/// Codes on a sheet of paper, each good for one sign-in in place of a lost factor. 80 random bits each: the table has only their hashes, and trying them
/// all out is hopeless even for whoever has the table.
/// </summary>
public sealed class IssueRecoveryCodes(IdpDbContext db, AuditLog audit, TimeProvider clock)
{
    public const int Count = 10;
    private const int Letters = 16, GroupLength = 4;

    /// <summary>No letter that looks like a digit (as Crockford's base 32).</summary>
    private const string Alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

    /// <summary>A new sheet; the old one is worth nothing any more.</summary>
    public async Task<Outcome<IReadOnlyList<string>>> ExecuteAsync(SignedInPerson person, CancellationToken ct)
    {
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        var now = clock.GetUtcNow();
        // Takes the person's row: two clicks are one sheet after the other.
        if (await db.Users.Where(u => u.Id == person.UserId && u.Enabled).ExecuteUpdateAsync(u => u.SetProperty(x => x.UpdatedAt, now), ct) == 0) return Failure.NotFound("user");
        var user = await db.Users.AsNoTracking().SingleAsync(u => u.Id == person.UserId, ct);
        if (!await FactorQueries.HasSecondFactorAsync(db, user.Id, ct)) return Failure.Invalid("no_factor", "Recovery codes stand in for a lost passkey or authenticator app. Add one of them first.");
        await db.Credentials.Where(c => c.UserId == user.Id && c.Kind == CredentialKinds.RecoveryCode).ExecuteDeleteAsync(ct);
        var codes = Add(user);
        audit.Record("user.recovery_codes_issued", "user", user.Id.ToString());
        await db.SaveChangesAsync(ct);
        await transaction.CommitAsync(CancellationToken.None);
        return Outcome.Of(codes);
    }

    /// <summary>Part of the change being made.</summary>
    internal IReadOnlyList<string> Add(User user)
    {
        var (codes, now) = (new List<string>(Count), clock.GetUtcNow());
        for (var i = 0; i < Count; i++)
        {
            var code = RandomNumberGenerator.GetString(Alphabet, Letters);
            db.Credentials.Add(new Credential { UserId = user.Id, Kind = CredentialKinds.RecoveryCode, ProtectedData = Hash(user.Id, code), CreatedAt = now });
            codes.Add(string.Join('-', code.Chunk(GroupLength).Select(group => new string(group))));
        }
        return codes;
    }

    /// <summary>Uses a code up. True for one request only, however many come with it at once.</summary>
    public async Task<bool> UseAsync(Guid userId, string code, CancellationToken ct)
    {
        var hash = Hash(userId, CodeText.Letters(code));
        return await db.Credentials.Where(c => c.UserId == userId && c.Kind == CredentialKinds.RecoveryCode && c.ProtectedData == hash).ExecuteDeleteAsync(ct) == 1;
    }

    private static string Hash(Guid userId, string code) => Base64Url.EncodeToString(SHA256.HashData(Encoding.UTF8.GetBytes($"{userId} {code}")));
}

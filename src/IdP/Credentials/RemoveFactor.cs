using IdP.Access;
using IdP.Data;
using IdP.Sessions;
using Microsoft.EntityFrameworkCore;

namespace IdP.Credentials;

/// <summary>A person takes away an authenticator app or a passkey of their own. Every other session ends: it may have begun with what is gone.</summary>
public sealed class RemoveFactor(IdpDbContext db, FactorChanges changes)
{
    public async Task<Outcome<bool>> AuthenticatorAppAsync(SignedInPerson person, Guid id, CancellationToken ct) => await ExecuteAsync(person, CredentialKinds.AuthenticatorApp, "authenticator app",
        () => db.Credentials.Where(c => c.Id == id && c.UserId == person.UserId && c.Kind == CredentialKinds.AuthenticatorApp).ExecuteDeleteAsync(ct), ct);

    public async Task<Outcome<bool>> PasskeyAsync(SignedInPerson person, byte[] credentialId, CancellationToken ct) => await ExecuteAsync(person, CredentialKinds.Passkey, "passkey",
        () => db.UserPasskeys.Where(p => p.CredentialId == credentialId && p.UserId == person.UserId).ExecuteDeleteAsync(ct), ct);

    private async Task<Outcome<bool>> ExecuteAsync(SignedInPerson person, string kind, string thing, Func<Task<int>> delete, CancellationToken ct)
    {
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        if (await changes.BeginAsync(person.UserId, ct) is not { } user || await delete() == 0) return Failure.NotFound(thing);
        await changes.RemovedAsync(user, kind, keep: person.SessionId, ct);
        await db.SaveChangesAsync(ct);
        await transaction.CommitAsync(CancellationToken.None);
        return true;
    }
}

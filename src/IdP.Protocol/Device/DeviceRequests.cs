using System.Security.Cryptography;
using System.Text;
using IdP.Protocol.Authorize;
using IdP.Protocol.Clients;
using IdP.Protocol.Grants;
using Microsoft.EntityFrameworkCore;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace IdP.Protocol.Device;

/// <summary>A device that waits for a person's answer.</summary>
/// <param name="Id">The grant that the answer decides about.</param>
public sealed record DeviceRequest(Guid Id, Client Client, IReadOnlyList<string> Scopes);

/// <summary>
/// The person's side of the device grant (RFC 8628 3.3): finds what a user code belongs to and records the answer, once. A code is found only as long as
/// it can be answered: unknown, expired, answered and withdrawn codes look the same.
/// </summary>
public sealed class DeviceRequests(DbContext db, Catalog catalog, TimeProvider clock)
{
    private const string UserCodeType = TokenTypeIdentifiers.Private.UserCode;
    private const string DeviceCodeType = TokenTypeIdentifiers.Private.DeviceCode;

    /// <param name="code">As <see cref="UserCode.TryParse"/> gives it.</param>
    public async Task<DeviceRequest?> FindAsync(string code, CancellationToken ct)
    {
        // As the engine writes references; a code that outlives its minutes opens nothing, so the missing salt costs nothing.
        var reference = Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(code)));
        return await DescribeAsync(await db.Set<GrantToken>().AsNoTracking().Include(t => t.Grant).FirstOrDefaultAsync(t => t.ReferenceId == reference && t.Type == UserCodeType, ct), ct);
    }

    /// <summary>The device may have these scopes, in the name of this person and as long as this session.</summary>
    /// <returns>False when the request was answered, withdrawn or expired in the meantime; then nothing was saved.</returns>
    public Task<bool> AllowAsync(Guid id, AuthenticatedSubject who, IReadOnlyList<string> scopes, CancellationToken ct) => AnswerAsync(id, (device, grant) =>
    {
        (device.Status, device.Subject) = (TokenStatus.Valid, who.Subject);
        (grant.Subject, grant.SessionId, grant.Scopes) = (who.Subject, who.SessionId, [.. scopes]);
    }, ct);

    /// <inheritdoc cref="AllowAsync"/>
    public Task<bool> DenyAsync(Guid id, CancellationToken ct) => AnswerAsync(id, (device, _) => device.Status = TokenStatus.Rejected, ct);

    private async ValueTask<DeviceRequest?> DescribeAsync(GrantToken? code, CancellationToken ct)
    {
        if (code is not { Status: TokenStatus.Valid, Grant: { Status: TokenStatus.Valid, ClientKey: { } key } grant } || !(code.ExpiresAt > clock.GetUtcNow())) return null;
        return await catalog.FindClientByKeyAsync(key, ct) is { Enabled: true } client ? new(grant.Id, client, grant.Scopes) : null;
    }

    private async Task<bool> AnswerAsync(Guid id, Action<GrantToken, Grant> answer, CancellationToken ct)
    {
        var tokens = await db.Set<GrantToken>().Include(t => t.Grant).Where(t => t.GrantId == id && (t.Type == UserCodeType || t.Type == DeviceCodeType)).ToListAsync(ct);
        var code = tokens.Find(t => t.Type == UserCodeType);
        if (await DescribeAsync(code, ct) is null || tokens.Find(t => t.Type == DeviceCodeType) is not { Status: TokenStatus.Inactive } device) return false;

        (code!.Status, code.RedeemedAt) = (TokenStatus.Redeemed, clock.GetUtcNow()); // described, so there
        answer(device, code.Grant!);
        try
        {
            await db.SaveChangesAsync(ct);
            return true;
        }
        catch (DbUpdateConcurrencyException)
        {
            db.ChangeTracker.Clear(); // two answers at once: the other one came first
            return false;
        }
    }
}

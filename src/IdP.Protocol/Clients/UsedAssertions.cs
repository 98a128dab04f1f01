using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using IdP.Protocol.Storage;
using Microsoft.EntityFrameworkCore;

namespace IdP.Protocol.Clients;

/// <summary>Sees to it that an assertion is accepted once, whatever node it is sent to (RFC 7523 3, item 7).</summary>
internal sealed class UsedAssertions(DbContext db)
{
    /// <summary>One statement, in which the primary key decides. Answers whether this was the first time.</summary>
    /// <param name="kind">Keeps the assertions of clients and those of others apart, which may have the same names.</param>
    public async Task<bool> TryUseAsync(string kind, Assertion assertion, CancellationToken ct)
    {
        var id = Base64Url.EncodeToString(SHA256.HashData(Encoding.UTF8.GetBytes($"{kind}\n{assertion.Issuer.Length}\n{assertion.Issuer}\n{assertion.Id}")));
        var expiresAt = db.InStoredForm<UsedAssertion>(nameof(UsedAssertion.ExpiresAt), assertion.ExpiresAt + AssertionRules.ClockTolerance);
        // Written out, because a row that is there already is an answer here and no failure.
        return await db.Database.ExecuteSqlAsync($"""INSERT INTO "UsedAssertions" ("Id", "ExpiresAt") VALUES ({id}, {expiresAt}) ON CONFLICT ("Id") DO NOTHING""", ct) == 1;
    }
}

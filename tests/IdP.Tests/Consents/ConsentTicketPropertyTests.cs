using FsCheck;
using FsCheck.Fluent;
using IdP.Consents;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.WebUtilities;

namespace IdP.Tests.Consents;

public sealed class ConsentTicketPropertyTests
{
    private static readonly EphemeralDataProtectionProvider Protection = new();
    private static readonly ConsentTicket Tickets = new(Protection, TimeProvider.System);
    private static readonly ConsentAnswer Answer = new(Guid.CreateVersion7(), Guid.CreateVersion7(), new string('f', 64), Denied: false, ["openid", "profile"]);

    [Test]
    public void A_ticket_with_any_bit_flipped_cut_or_added_to_opens_nothing() =>
        Law.Holds(from random in Law.Randoms select HostileBytes.Damage(WebEncoders.Base64UrlDecode(Tickets.Seal(Answer)), random), ticket => Tickets.Open(WebEncoders.Base64UrlEncode(ticket)) is null, runs: 5000);

    [Test]
    public void Text_that_is_no_ticket_opens_nothing_and_breaks_nothing() =>
        Law.Holds(Gen.OneOf(Law.AnyText, Law.Near(Protection.CreateProtector("Another.Purpose").Protect("{}"), "CfDJ8AAAA")), text => Tickets.Open(text) is null, runs: 5000);

    [Test]
    public void A_ticket_opens_to_exactly_what_was_sealed() =>
        Law.Holds(from fingerprint in Law.AnyText.Where(text => !text.Any(char.IsSurrogate)) from scopes in Gen.ListOf(Law.AnyText.Where(text => !text.Any(char.IsSurrogate))) from denied in Gen.Elements(true, false)
            select new ConsentAnswer(Guid.CreateVersion7(), Guid.CreateVersion7(), fingerprint, denied, [.. scopes]),
            answer => Tickets.Open(Tickets.Seal(answer)) is { } opened && opened with { Scopes = answer.Scopes } == answer && opened.Scopes.SequenceEqual(answer.Scopes), runs: 1000);
}

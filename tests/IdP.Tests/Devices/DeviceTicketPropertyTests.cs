using FsCheck;
using FsCheck.Fluent;
using IdP.Devices;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.WebUtilities;

namespace IdP.Tests.Devices;

public sealed class DeviceTicketPropertyTests
{
    private static readonly EphemeralDataProtectionProvider Protection = new();
    private static readonly DeviceTicket Tickets = new(Protection, TimeProvider.System);
    private static readonly ShownDevice Shown = new(Guid.CreateVersion7(), Guid.CreateVersion7(), Guid.CreateVersion7(), "BCDFGHJK");

    private static readonly Gen<string> Texts = Law.AnyText.Where(text => !text.Any(char.IsSurrogate));

    [Test]
    public void What_was_sealed_is_what_is_opened() =>
        Law.Holds(Texts, code => Tickets.OpenTyped(Tickets.SealTyped(code)) == code && Tickets.OpenShown(Tickets.SealShown(Shown with { Code = code })) == Shown with { Code = code });

    [Test]
    public void A_ticket_with_any_bit_flipped_cut_or_added_to_opens_nothing() =>
        Law.Holds(from random in Law.Randoms from shown in Gen.Elements(true, false) select WebEncoders.Base64UrlEncode(HostileBytes.Damage(WebEncoders.Base64UrlDecode(shown ? Tickets.SealShown(Shown) : Tickets.SealTyped(Shown.Code)), random)),
            ticket => Tickets.OpenShown(ticket) is null && Tickets.OpenTyped(ticket) is null, runs: 5000);

    [Test]
    public void Text_that_is_no_ticket_opens_nothing_and_breaks_nothing() =>
        Law.Holds(Gen.OneOf(Law.AnyText, Law.Near(Protection.CreateProtector("IdP.Consent").Protect("{}"), "CfDJ8AAAA")), text => Tickets.OpenShown(text) is null && Tickets.OpenTyped(text) is null, runs: 5000);

    [Test]
    public void A_ticket_of_one_step_is_none_of_the_other() => Assert.That((Tickets.OpenShown(Tickets.SealTyped("{}")), Tickets.OpenTyped(Tickets.SealShown(Shown))), Is.EqualTo(((ShownDevice?)null, (string?)null)));
}

using FsCheck;
using FsCheck.Fluent;
using IdP.Protocol.Logout;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.WebUtilities;

namespace IdP.Protocol.Tests.Logout;

public sealed class SignOutReceiptPropertyTests
{
    private static readonly EphemeralDataProtectionProvider Protection = new();
    private static readonly SignOutReceipts Receipts = new(Protection, TimeProvider.System);
    private static readonly Guid Session = Guid.CreateVersion7();

    [Test]
    public void A_receipt_opens_to_the_subject_and_session_it_was_made_for() =>
        Law.Holds(Law.AnyText.Where(text => text.Length <= 200 && !text.Any(char.IsSurrogate)), subject => ReceiptOf(subject) is { Length: > 1000 } || Receipts.Open(ReceiptOf(subject)) is { } opened && (opened.Subject, opened.SessionId) == (subject, Session));

    [Test]
    public void A_receipt_with_any_bit_flipped_cut_or_added_to_opens_nothing() =>
        Law.Holds(from random in Law.Randoms select HostileBytes.Damage(WebEncoders.Base64UrlDecode(ReceiptOf("alice")), random), receipt => Receipts.Open(WebEncoders.Base64UrlEncode(receipt)) is null, runs: 5000);

    [Test]
    public void Text_that_is_no_receipt_opens_nothing_and_breaks_nothing() =>
        Law.Holds(Gen.OneOf(Law.AnyText, Law.Near(Protection.CreateProtector("IdP.Interaction").Protect("1 2 3"), "CfDJ8AAAA")), text => Receipts.Open(text) is null, runs: 5000);

    private static string ReceiptOf(string subject) => QueryHelpers.ParseQuery(Receipts.PageUrl(subject, Session, "/after?x=1")["/signedout".Length..])[SignOutReceipts.Parameter].Single()!; // it is there once
}

using FsCheck;
using FsCheck.Fluent;
using IdP.Protocol.Authorize;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;

namespace IdP.Protocol.Tests.Authorize;

/// <summary>The sealed value that says when a request first arrived: whoever could make or move one would skip <c>prompt=login</c> and <c>max_age</c>.</summary>
public sealed class InteractionPropertyTests
{
    private static readonly DateTimeOffset Now = DateTimeOffset.FromUnixTimeMilliseconds(1_800_000_000_123);
    private static readonly EphemeralDataProtectionProvider Protection = new();
    private static readonly InteractionState State = new(Protection, new StoppedClock());
    private static readonly string Request = new('f', 64);
    private static readonly string Sealed = State.Seal(Now, Request);

    private static readonly Gen<string> Fingerprints = Law.Randoms.Select(random => { var digest = new byte[32]; random.NextBytes(digest); return Convert.ToHexStringLower(digest); });

    [Test]
    public void What_was_sealed_is_found_again_to_the_millisecond_while_it_is_young_enough() =>
        Law.Holds(from milliseconds in Gen.Choose(0, 7_200_000) from fingerprint in Fingerprints select (startedAt: Now.AddMilliseconds(-milliseconds), fingerprint),
            s => Known(State.Seal(s.startedAt, s.fingerprint), s.fingerprint) == (Now - s.startedAt < InteractionState.Lifetime ? s.startedAt : null));

    [Test]
    public void It_counts_for_the_request_it_was_made_for_and_for_no_other() =>
        Law.Holds(from mine in Fingerprints from other in Gen.OneOf(Fingerprints, Law.AnyText, Law.Near(mine)) select (mine, other),
            f => Known(State.Seal(Now, f.mine), f.other) is null == (f.mine != f.other), runs: 5000);

    [Test]
    public void With_any_bit_flipped_cut_or_added_to_it_the_request_counts_as_new() =>
        Law.Holds(from random in Law.Randoms select HostileBytes.Damage(WebEncoders.Base64UrlDecode(Sealed), random), damaged => Known(WebEncoders.Base64UrlEncode(damaged), Request) is null, runs: 5000);

    [Test]
    public void Text_that_is_none_makes_the_request_count_as_new_and_breaks_nothing() =>
        Law.Holds(Gen.OneOf(Law.AnyText, Law.Near("CfDJ8AAAA", $"{Now.ToUnixTimeMilliseconds()} {Request}")), text => Known(text, Request) is null, runs: 5000);

    [Test]
    public void What_was_sealed_for_another_purpose_or_with_other_keys_is_none()
    {
        var content = Protection.CreateProtector("IdP.Interaction").Unprotect(Sealed);

        Assert.That(Known(Protection.CreateProtector("IdP.Interaction").Protect(content), Request), Is.EqualTo(Now));
        foreach (var purpose in new[] { "IdP.Consent", "IdP.Device.Typed", "IdP.Device.Shown", "IdP.SignOutReceipt", "idp.interaction", "IdP.Interaction " })
            Assert.That(Known(Protection.CreateProtector(purpose).Protect(content), Request), Is.Null, purpose);
        Assert.That(Known(new EphemeralDataProtectionProvider().CreateProtector("IdP.Interaction").Protect(content), Request), Is.Null);
    }

    [Test]
    public void Two_of_them_in_one_address_prove_nothing() =>
        Assert.That(State.KnownStart(RequestOf($"?interaction={Sealed}&interaction={Sealed}"), Request), Is.Null);

    private static DateTimeOffset? Known(string value, string fingerprint) => State.KnownStart(RequestOf("?interaction=" + Uri.EscapeDataString(value)), fingerprint);

    private static HttpRequest RequestOf(string query) => new DefaultHttpContext { Request = { QueryString = new QueryString(query) } }.Request;

    private sealed class StoppedClock : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => Now;
    }
}

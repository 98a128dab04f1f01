using System.Security.Cryptography;
using FsCheck;
using FsCheck.Fluent;
using IdP.Protocol.Clients;
using Microsoft.AspNetCore.WebUtilities;

namespace IdP.Protocol.Tests.Clients;

/// <summary>Key sets come from registrations and from other people's servers.</summary>
public sealed class KeySetPropertyTests
{
    private static readonly string Rsa = RsaKey(2048);
    private static readonly string Weak = RsaKey(1024);
    private static readonly string Elliptic = EllipticKey();

    private static readonly Gen<string> Sets = Gen.OneOf(
        Law.AnyText, Law.Near($$"""{"keys":[{{Rsa}}]}""", $$"""{"keys":[{{Elliptic}},{{Rsa}}]}"""),
        from key in Gen.Elements(Rsa, Weak, Elliptic, """{"kty":"oct","k":"AAAA"}""", """{"kty":"OKP","crv":"Ed25519","x":"AAAA"}""", """{"kty":"RSA","n":"\ud800","e":"AQAB"}""", "null", "[]", "1") from random in Law.Randoms select $$"""{"keys":[{{HostileJson.Mutate(key, random)}}]}""",
        from random in Law.Randoms select HostileJson.Mutate($$"""{"keys":[{{Rsa}}]}""", random));

    [Test]
    public void Whatever_a_key_set_is_it_is_judged_and_never_an_exception() =>
        Law.Holds(Sets, jwks => PublicKeySet.Problem(jwks) is not null || PublicKeySet.Usable(jwks)?.Count > 0, runs: 10_000);

    [Test]
    public void A_set_without_a_problem_has_only_public_keys_of_full_strength_and_all_of_them_are_used() =>
        Law.Holds(Sets, jwks => PublicKeySet.Problem(jwks) is not null || (PublicKeySet.Usable(jwks) is { Count: > 0 } keys && keys.All(key => !key.HasPrivateKey && key.K is null && (key.Kty == "EC" || (key.Kty == "RSA" && key.KeySize >= 2040)))), runs: 10_000);

    [Test]
    public void The_good_ones_are_accepted_and_the_weak_ones_are_not()
    {
        Assert.That(PublicKeySet.Problem($$"""{"keys":[{{Rsa}},{{Elliptic}}]}"""), Is.Null);
        Assert.That(PublicKeySet.Problem($$"""{"keys":[{{Rsa}},{{Weak}}]}"""), Is.Not.Null);
    }

    private static string RsaKey(int bits)
    {
        using var rsa = RSA.Create(bits);
        var key = rsa.ExportParameters(includePrivateParameters: false);
        return $$"""{"kty":"RSA","kid":"1","n":"{{WebEncoders.Base64UrlEncode(key.Modulus!)}}","e":"{{WebEncoders.Base64UrlEncode(key.Exponent!)}}"}""";
    }

    private static string EllipticKey()
    {
        using var ecdsa = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var point = ecdsa.ExportParameters(includePrivateParameters: false).Q;
        return $$"""{"kty":"EC","kid":"2","crv":"P-256","x":"{{WebEncoders.Base64UrlEncode(point.X!)}}","y":"{{WebEncoders.Base64UrlEncode(point.Y!)}}"}""";
    }
}

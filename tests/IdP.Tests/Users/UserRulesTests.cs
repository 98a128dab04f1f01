using System.Text.Json.Nodes;
using IdP.Users;

namespace IdP.Tests.Users;

public sealed class UserRulesTests
{
    private static readonly UserReferences References = new(new HashSet<string> { "owner" }, new HashSet<string> { "engineering" }, new HashSet<string> { "acme" });

    [TestCase("alice")]
    [TestCase("alice@example.test")]
    [TestCase("CORP\\alice")]
    [TestCase("müller-3")]
    public void A_user_name_may_be_what_companies_use(string name) => Assert.That(Check(u => u.UserName = name), Is.Empty);

    private static IEnumerable<TestCaseData> Mistakes() =>
    [
        Mistake("userName", "bad_user_name", u => u.UserName = ""),
        Mistake("userName", "bad_user_name", u => u.UserName = "a b"),
        Mistake("userName", "bad_user_name", u => u.UserName = "alice\u200B"),
        Mistake("userName", "bad_user_name", u => u.UserName = "alice\n"),
        Mistake("email", "bad_email", u => u.Email = "alice"),
        Mistake("email", "bad_email", u => u.Email = "alice@@example.test"),
        Mistake("email", "bad_email", u => u.Email = "alice@example.test\r\nBcc: eve@example.test"),
        Mistake("email", "bad_email", u => u.Email = "Alice <alice@example.test>"),
        Mistake("emailVerified", "email_required", u => u.EmailVerified = true),
        Mistake("phoneNumber", "bad_phone_number", u => u.PhoneNumber = "0123 456"),
        Mistake("phoneNumberVerified", "phone_number_required", u => u.PhoneNumberVerified = true),
        Mistake("name", "bad_character", u => u.Name = "a\u0000b"),
        Mistake("givenName", "too_long", u => u.GivenName = new string('x', 101)),
        Mistake("familyName", "too_long", u => u.FamilyName = new string('x', 101)),
        Mistake("locale", "bad_locale", u => u.Locale = "english please"),
        Mistake("groups[0]", "unknown_group", u => u.Groups = ["nobody"]),
        Mistake("roles[1]", "unknown_role", u => u.Roles = ["owner", "king"]),
        Mistake("roles[1]", "duplicate", u => u.Roles = ["owner", "owner"]),
        Mistake("organizations[0].name", "unknown_organization", u => u.Organizations = [new("nothing", [])]),
        Mistake("organizations[0].roles[0]", "bad_name", u => u.Organizations = [new("acme", ["a b"])]),
        Mistake("claims[0].type", "bad_claim_type", u => u.Claims = [new("a b", "x")]),
        Mistake("claims[0].type", "reserved_claim", u => u.Claims = [new("sub", "admin")]),
        Mistake("claims[0].type", "reserved_claim", u => u.Claims = [new("role", "owner")]),
        Mistake("claims[0].type", "reserved_claim", u => u.Claims = [new("email_verified", true)]),
        Mistake("claims[0].value", "bad_claim_value", u => u.Claims = [new("x", new string('x', 4001))]),
        Mistake("claims[1]", "duplicate", u => u.Claims = [new("x", "1"), new("x", "1")]),
    ];

    [TestCaseSource(nameof(Mistakes))]
    public void A_mistake_is_reported_once_at_its_field(Action<UserSettings> make, string field, string code) =>
        Assert.That(Check(make).Select(f => (f.Field, f.Code)), Is.EqualTo(((string?, string)[])[(field, code)]));

    [TestCase("\"plain\"", "plain")]
    [TestCase("\"json:tricky\"", "json:\"json:tricky\"")]
    [TestCase("{\"country\":\"US\"}", "json:{\"country\":\"US\"}")]
    [TestCase("[1,2]", "json:[1,2]")]
    [TestCase("true", "json:true")]
    [TestCase("7", "json:7")]
    public void A_claim_value_leaves_the_database_as_the_json_it_came_as(string json, string stored)
    {
        var text = UserClaimValue.ToText(JsonNode.Parse(json)!);

        Assert.That(text, Is.EqualTo(stored));
        Assert.That(UserClaimValue.FromText(text).ToJsonString(), Is.EqualTo(json));
    }

    private static IReadOnlyList<IdP.Access.Failure> Check(Action<UserSettings> make)
    {
        var settings = new UserSettings { UserName = "alice" };
        make(settings);
        return UserRules.Check(settings, References);
    }

    private static TestCaseData Mistake(string field, string code, Action<UserSettings> make) => new TestCaseData(make, field, code).SetArgDisplayNames(field, code);
}

using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using IdP.SignIn;

namespace IdP.Tests.Ledger;

/// <summary>What can happen to an account is told in words of its own, not as "the account was changed".</summary>
public sealed partial class LedgerWordsTests
{
    private const string Words = "src/IdP.UI/Account/Ledger/LedgerTexts.resx";

    /// <summary>Work on things that are no accounts: whoever does it sees only that they worked in the administration. The languages are held together by TextTests.</summary>
    private static readonly string[] Administration =
    [
        "api_resource.", "api_scope.", "assertion_issuer.", "group.", "identity_provider.", "identity_resource.", "initial_access_token.", "invitation.created", "invitation.revoked", "logout.", "organization.", "role.", "sign_in_policy.",
        "client.created", "client.registered", "client.updated", "client.deleted", "client.logo_asked_for", "client.secret_added", "client.secret_removed",
        // The help desk's work; its person's ledger has user.recovery_approved and its like.
        "recovery.approved", "recovery.refused",
        // Nobody is known by then, or any more.
        "recovery.requested", "person.erased",
    ];

    /// <summary>Nothing that is kept about a known person: nobody was, or older versions alone wrote it.</summary>
    private static readonly SignInOutcome[] OfNobody = [SignInOutcome.UnknownUser, SignInOutcome.Busy];

    [Test]
    public void Every_audit_action_that_can_concern_a_person_has_words_and_no_words_are_left_over()
    {
        var actions = Actions();
        var words = Told();

        Assert.That(actions, Has.Count.GreaterThan(60).And.Member("user.password_changed").And.Member("user.login_linked").And.Member("device.denied"));
        Assert.That(actions.Where(action => !Administration.Any(own => action.StartsWith(own, StringComparison.Ordinal)) && !words.Contains("Did_" + action.Replace('.', '_'))), Is.Empty, "Say in LedgerTexts what it is.");
        Assert.That(words.Except(actions.Select(action => "Did_" + action.Replace('.', '_'))).Where(key => !key.StartsWith("Did_sign_in_", StringComparison.Ordinal)), Is.EquivalentTo(new[] { "Did_tokens_issued" }));
    }

    [Test]
    public void Every_outcome_of_a_sign_in_has_words()
    {
        var words = Told();

        Assert.That(Enum.GetValues<SignInOutcome>().Except(OfNobody).Where(outcome => !words.Contains("Did_sign_in_" + JsonNamingPolicy.SnakeCaseLower.ConvertName(outcome.ToString()))), Is.Empty);
    }

    private static HashSet<string> Told() => [.. XDocument.Load(Repository.PathOf(Words)).Descendants("data").Select(data => data.Attribute("name")!.Value).Where(key => key.StartsWith("Did_", StringComparison.Ordinal))]; // the format has it

    /// <summary>Every literal of an action's form in what writes to the audit log.</summary>
    private static HashSet<string> Actions() => [.. Repository.Files("src/IdP", "*.cs").Select(Repository.Read).Where(text => text.Contains(".Record(", StringComparison.Ordinal) || text.Contains("AuditAction", StringComparison.Ordinal))
        .SelectMany(text => Action().Matches(text)).Select(match => match.Groups["action"].Value)];

    [GeneratedRegex("\"(?<action>[a-z_]+\\.[a-z_]+)\"")]
    private static partial Regex Action();
}

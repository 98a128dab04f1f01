using System.Text;
using System.Text.Json;
using IdP.Access;
using IdP.Assignments;
using IdP.Data;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;

namespace IdP.Configuration;

/// <summary>
/// Declarative configuration (docs/configuration-file.md). A file is checked as a whole before anything is written, and written by the operations that
/// the console uses, in one transaction. It adds and changes; what it does not name stays.
/// </summary>
public sealed class ConfigurationFile
{
    /// <summary>Attempts when another node applies the same file in the same moment: the second one finds the work done.</summary>
    private const int Attempts = 3;

    private static readonly JsonDocumentOptions Strict = new() { AllowTrailingCommas = false, CommentHandling = JsonCommentHandling.Disallow, MaxDepth = 32 };

    private readonly IdpDbContext _db;
    private readonly Actor _actor;
    private readonly ResourceSections _resources;
    private readonly DirectorySections _directory;
    private readonly ClientSection _clients;
    private readonly AssertionIssuerSection _assertionIssuers;
    private readonly IdentityProviderSection _providers;
    private readonly SignInPolicySection _policies;
    private readonly UserSection _users;
    private readonly AssignmentSection _assignments;
    private readonly EndLostAccess _lost;
    private readonly ILogger<ConfigurationFile> _logger;

    internal ConfigurationFile(IdpDbContext db, Actor actor, ResourceSections resources, DirectorySections directory, ClientSection clients, AssertionIssuerSection assertionIssuers, IdentityProviderSection providers, SignInPolicySection policies, UserSection users, AssignmentSection assignments, EndLostAccess lost, ILogger<ConfigurationFile> logger) =>
        (_db, _actor, _resources, _directory, _clients, _assertionIssuers, _providers, _policies, _users, _assignments, _lost, _logger) = (db, actor, resources, directory, clients, assertionIssuers, providers, policies, users, assignments, lost, logger);

    /// <summary>What the file would change. A refusal lists everything that is wrong; the fields are JSON paths.</summary>
    public async Task<Outcome<ConfigurationPlan>> PlanAsync(ReadOnlyMemory<byte> json, CancellationToken ct)
    {
        if (_actor.Refusal() is { } refusal) return refusal;
        var draft = await DraftAsync(json, new ReadLog(), ct);
        return Failure.Several(draft.Log.Failures) is { } invalid ? invalid : Plan(draft);
    }

    /// <summary>Makes the changes, all or none.</summary>
    public async Task<Outcome<ConfigurationPlan>> ApplyAsync(ReadOnlyMemory<byte> json, CancellationToken ct)
    {
        if (_actor.Refusal() is { } refusal) return refusal;
        for (var attempt = 1; ; attempt++)
        {
            var draft = await DraftAsync(json, new ReadLog(), ct);
            if (Failure.Several(draft.Log.Failures) is { } invalid) return invalid;
            if (draft.Steps.Count == 0) return Plan(draft);
            if (await WriteAsync(draft, ct) is not { } failure)
            {
                Log.Applied(_logger, draft.Steps.Count);
                return Plan(draft);
            }
            if (failure.Kind is not FailureKind.Conflict || attempt == Attempts) return failure;
        }
    }

    internal async Task<Draft> DraftAsync(ReadOnlyMemory<byte> json, ReadLog log, CancellationToken ct)
    {
        var draft = new Draft(log);
        if (Parse(json, log) is not { } document) return draft;
        using (document)
        {
            if (ObjectReader.Of(document.RootElement, "$", log) is not { } file) return draft;
            file.OptionalText("$schema", _ => { });
            await _resources.ReadAsync(file, draft, ct);
            await _directory.ReadAsync(file, draft, ct);
            await _clients.ReadAsync(file, draft, ct);
            await _assertionIssuers.ReadAsync(file, draft, ct);
            await _providers.ReadAsync(file, draft, ct);
            await _policies.ReadAsync(file, draft, ct);
            await _users.ReadAsync(file, draft, ct);
            await _assignments.AddStepsAsync(draft, ct);
            file.Finish();
        }
        return draft;
    }

    private async Task<Failure?> WriteAsync(Draft draft, CancellationToken ct)
    {
        await using var transaction = await _db.Database.BeginTransactionAsync(ct);
        foreach (var step in draft.Steps)
        {
            if (await step.ApplyAsync(ct) is not { } failure) continue;
            await transaction.RollbackAsync(CancellationToken.None);
            _db.ChangeTracker.Clear();
            return failure with { Field = failure.Field is null ? step.Path : $"{step.Path}.{failure.Field}" };
        }
        await _lost.FinishAsync(ct);
        await transaction.CommitAsync(CancellationToken.None);
        _db.ChangeTracker.Clear();
        return null;
    }

    private static JsonDocument? Parse(ReadOnlyMemory<byte> json, ReadLog log)
    {
        if (json.Span.StartsWith("\uFEFF"u8)) json = json[3..];
        try
        {
            // Valid JSON may still hold text that is no Unicode; asked for later, it would fail there.
            _ = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true).GetCharCount(json.Span);
            var document = JsonDocument.Parse(json, Strict);
            CheckText(document.RootElement);
            return document;
        }
        catch (Exception exception) when (exception is DecoderFallbackException or InvalidOperationException)
        {
            log.Add("$", "bad_json", "This file holds text that is no Unicode (RFC 8259 8.1): save it as UTF-8, and write surrogates in pairs.");
            return null;
        }
        catch (JsonException exception)
        {
            log.Add("$", "bad_json", $"This is no JSON: line {exception.LineNumber + 1}, byte {exception.BytePositionInLine + 1}.");
            return null;
        }
    }

    private static void CheckText(JsonElement element)
    {
        if (element.ValueKind is JsonValueKind.String) _ = element.GetString();
        else if (element.ValueKind is JsonValueKind.Array) foreach (var item in element.EnumerateArray()) CheckText(item);
        else if (element.ValueKind is JsonValueKind.Object)
            foreach (var property in element.EnumerateObject())
            {
                _ = property.Name;
                CheckText(property.Value);
            }
    }

    private static ConfigurationPlan Plan(Draft draft) => new([.. draft.Steps.SelectMany(step => step.Words)]);
}

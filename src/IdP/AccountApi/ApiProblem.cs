using System.Diagnostics;
using System.Globalization;
using IdP.Access;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;

namespace IdP.AccountApi;

/// <summary>Refusals as problem details (RFC 9457): a stable code for programs, a sentence for whoever wrote them.</summary>
internal static class ApiProblem
{
    private const string StaleVersion = "stale_version";

    public static IResult Of(HttpContext http, Failure failure)
    {
        var status = failure switch
        {
            { Code: StaleVersion } => StatusCodes.Status412PreconditionFailed,
            { Kind: FailureKind.NotFound } => StatusCodes.Status404NotFound,
            { Kind: FailureKind.Conflict } => StatusCodes.Status409Conflict,
            { Kind: FailureKind.Forbidden } => StatusCodes.Status403Forbidden,
            { Kind: FailureKind.Busy } => StatusCodes.Status429TooManyRequests,
            _ => StatusCodes.Status400BadRequest,
        };
        if (failure.RetryAfter is { } wait) http.Response.Headers.RetryAfter = Math.Max(1, (int)Math.Ceiling(wait.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        return Of(http, status, failure.Code, failure.Message, [.. failure.All.Where(one => one.Field is not null)]);
    }

    /// <param name="fields">What is wrong with single members of the request.</param>
    public static IResult Of(HttpContext http, int status, string code, string detail, IReadOnlyList<Failure>? fields = null)
    {
        var extensions = new Dictionary<string, object?> { ["code"] = code, ["traceId"] = Activity.Current?.TraceId.ToString() ?? http.TraceIdentifier };
        if (fields is { Count: > 0 }) extensions["errors"] = fields.Select(field => new { field.Field, field.Code, Detail = field.Message });
        return Results.Problem(type: "urn:idp:problem:" + code, title: ReasonPhrases.GetReasonPhrase(status), detail: detail, statusCode: status, extensions: extensions);
    }
}

using System.Diagnostics;
using System.Globalization;
using IdP.Protocol;
using IdP.UI.Design;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Localization;

namespace IdP.UI.Errors;

/// <summary>Where failed requests end: a friendly page for browsers, problem details (RFC 9457) for programs, always with the trace id and never with an exception's text.</summary>
public static class ErrorEndpoints
{
    public const string Path = "/error";

    public static void MapErrors(this IEndpointRouteBuilder endpoints) => endpoints.Map(Path, Show).DisableAntiforgery();

    /// <summary>The status of a request that ended in an exception: 4xx when what was sent could not be read (a NUL in a form, a body that is too large), else 500.</summary>
    public static int StatusOf(Exception exception) => exception switch
    {
        BadHttpRequestException bad => bad.StatusCode,
        InvalidDataException or AntiforgeryValidationException => StatusCodes.Status400BadRequest,
        _ => StatusCodes.Status500InternalServerError,
    };

    /// <summary>Only the page is in the language of whoever sees it: programs read English.</summary>
    private static IResult Show(HttpContext http, IStringLocalizer<ErrorTexts> texts)
    {
        var status = http.Features.Get<IStatusCodeReExecuteFeature>()?.OriginalStatusCode
            ?? (http.Features.Get<IExceptionHandlerFeature>() is { } failure ? StatusOf(failure.Error) : StatusCodes.Status404NotFound);
        var original = http.Features.Get<IStatusCodeReExecuteFeature>()?.OriginalPath ?? http.Features.Get<IExceptionHandlerPathFeature>()?.Path ?? "";
        var traceId = Activity.Current?.TraceId.ToString() ?? http.TraceIdentifier;
        var kind = KindOf(status);
        var (code, description) = ProtocolErrors.Find(http);

        if (original.StartsWith("/connect/", StringComparison.Ordinal) && original != ProtocolPaths.Authorize && original != ProtocolPaths.EndSession)
            return Results.Json(new { error = status switch { >= 500 => "server_error", 401 => "invalid_token", 403 => "insufficient_scope", _ => "invalid_request" }, error_description = $"{texts["Message_" + kind]} (trace id {traceId})" }, statusCode: status);
        if (original.StartsWith("/api/", StringComparison.Ordinal) || original.StartsWith("/scim/", StringComparison.Ordinal))
            return Results.Problem(title: texts["Error_" + kind], detail: texts["Message_" + kind], statusCode: status, extensions: new Dictionary<string, object?> { ["code"] = CodeOf(status), ["traceId"] = traceId });
        return Page.Of<ErrorPage>(new { Title = code is null ? "Error_" + kind : "Refused_Title", Message = code is null ? "Message_" + kind : "Refused_Message", Code = code, Description = description, TraceId = traceId }, status);
    }

    /// <summary>What programs tell the refusals by that no operation makes.</summary>
    private static string CodeOf(int status) => KindOf(status) switch
    {
        "400" => "bad_request",
        "401" => "unauthenticated",
        "403" => "forbidden",
        "404" => "not_found",
        "405" => "method_not_allowed",
        "413" => "too_large",
        "415" => "unsupported_media_type",
        "429" => "busy",
        _ => "server_error",
    };

    /// <summary>The status that its title and message are found by.</summary>
    private static string KindOf(int status) => status switch
    {
        400 or 401 or 403 or 404 or 405 or 415 => status.ToString(CultureInfo.InvariantCulture),
        413 or 414 or 431 => "413",
        429 or 503 => "429",
        _ => "500",
    };
}

using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace IdP.Migrations.PostgreSql.Migrations
{
    /// <inheritdoc />
    public partial class Risk : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<int>(
                name: "RiskImpossibleTravel",
                table: "SignInPolicies",
                type: "integer",
                nullable: false,
                defaultValue: 0);

            migrationBuilder.AddColumn<int>(
                name: "RiskListedAddress",
                table: "SignInPolicies",
                type: "integer",
                nullable: false,
                defaultValue: 0);

            migrationBuilder.AddColumn<int>(
                name: "RiskManyFailures",
                table: "SignInPolicies",
                type: "integer",
                nullable: false,
                defaultValue: 0);

            migrationBuilder.AddColumn<int>(
                name: "RiskNewDevice",
                table: "SignInPolicies",
                type: "integer",
                nullable: false,
                defaultValue: 0);

            migrationBuilder.AddColumn<int>(
                name: "RiskNewNetwork",
                table: "SignInPolicies",
                type: "integer",
                nullable: false,
                defaultValue: 0);

            migrationBuilder.AddColumn<string>(
                name: "Network",
                table: "SignInDecisions",
                type: "character varying(50)",
                maxLength: 50,
                nullable: true);

            migrationBuilder.AddColumn<Guid>(
                name: "OrganizationId",
                table: "SignInDecisions",
                type: "uuid",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "Risk",
                table: "PendingLogins",
                type: "character varying(500)",
                maxLength: 500,
                nullable: true);

            migrationBuilder.AddColumn<DateTimeOffset>(
                name: "ThrottledAt",
                table: "Organizations",
                type: "timestamp with time zone",
                nullable: true);

            migrationBuilder.CreateIndex(
                name: "IX_SignInDecisions_Networks",
                table: "SignInDecisions",
                columns: new[] { "UserId", "Network", "At" },
                filter: "\"Outcome\" = 0 AND \"Network\" IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "IX_SignInDecisions_OrganizationId_At",
                table: "SignInDecisions",
                columns: new[] { "OrganizationId", "At" },
                filter: "\"OrganizationId\" IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "IX_SignInDecisions_Successes",
                table: "SignInDecisions",
                columns: new[] { "UserId", "At" },
                filter: "\"Outcome\" = 0 AND \"Network\" IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "IX_Organizations_ThrottledAt",
                table: "Organizations",
                column: "ThrottledAt");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "IX_SignInDecisions_Networks",
                table: "SignInDecisions");

            migrationBuilder.DropIndex(
                name: "IX_SignInDecisions_OrganizationId_At",
                table: "SignInDecisions");

            migrationBuilder.DropIndex(
                name: "IX_SignInDecisions_Successes",
                table: "SignInDecisions");

            migrationBuilder.DropIndex(
                name: "IX_Organizations_ThrottledAt",
                table: "Organizations");

            migrationBuilder.DropColumn(
                name: "RiskImpossibleTravel",
                table: "SignInPolicies");

            migrationBuilder.DropColumn(
                name: "RiskListedAddress",
                table: "SignInPolicies");

            migrationBuilder.DropColumn(
                name: "RiskManyFailures",
                table: "SignInPolicies");

            migrationBuilder.DropColumn(
                name: "RiskNewDevice",
                table: "SignInPolicies");

            migrationBuilder.DropColumn(
                name: "RiskNewNetwork",
                table: "SignInPolicies");

            migrationBuilder.DropColumn(
                name: "Network",
                table: "SignInDecisions");

            migrationBuilder.DropColumn(
                name: "OrganizationId",
                table: "SignInDecisions");

            migrationBuilder.DropColumn(
                name: "Risk",
                table: "PendingLogins");

            migrationBuilder.DropColumn(
                name: "ThrottledAt",
                table: "Organizations");
        }
    }
}

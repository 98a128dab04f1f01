using System;
using System.Collections.Generic;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace IdP.Migrations.PostgreSql.Migrations
{
    /// <inheritdoc />
    public partial class SignInPolicies : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<string>(
                name: "Inputs",
                table: "SignInDecisions",
                type: "text",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "Reasons",
                table: "SignInDecisions",
                type: "text",
                nullable: true);

            migrationBuilder.AddColumn<bool>(
                name: "IsDemanded",
                table: "PendingLogins",
                type: "boolean",
                nullable: false,
                defaultValue: false);

            migrationBuilder.CreateTable(
                name: "SignInPolicies",
                columns: table => new
                {
                    Id = table.Column<Guid>(type: "uuid", nullable: false),
                    Name = table.Column<string>(type: "character varying(100)", maxLength: 100, nullable: false),
                    Description = table.Column<string>(type: "character varying(1000)", maxLength: 1000, nullable: true),
                    Enabled = table.Column<bool>(type: "boolean", nullable: false),
                    Organizations = table.Column<List<string>>(type: "text[]", nullable: false),
                    Groups = table.Column<List<string>>(type: "text[]", nullable: false),
                    Clients = table.Column<List<string>>(type: "text[]", nullable: false),
                    Factors = table.Column<int>(type: "integer", nullable: false),
                    MaxAge = table.Column<int>(type: "integer", nullable: true),
                    Networks = table.Column<List<string>>(type: "text[]", nullable: false),
                    Outside = table.Column<int>(type: "integer", nullable: false),
                    RememberDays = table.Column<int>(type: "integer", nullable: true),
                    Version = table.Column<int>(type: "integer", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_SignInPolicies", x => x.Id);
                });

            migrationBuilder.CreateIndex(
                name: "IX_SignInPolicies_Name",
                table: "SignInPolicies",
                column: "Name",
                unique: true);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "SignInPolicies");

            migrationBuilder.DropColumn(
                name: "Inputs",
                table: "SignInDecisions");

            migrationBuilder.DropColumn(
                name: "Reasons",
                table: "SignInDecisions");

            migrationBuilder.DropColumn(
                name: "IsDemanded",
                table: "PendingLogins");
        }
    }
}

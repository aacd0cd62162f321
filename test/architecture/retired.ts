/** Old names that must not return. When you rename an identifier, add the old name, unless it is an ordinary word. */
export const RETIRED_IDENTIFIERS: readonly string[] = `
  AnyRoute InvalidRow LimitedCall checkReadable findResource isConditional mayConcernOneResource sameWords toConditional
  RecordedAnswer RecordedCall learnBody learnFields learnHeaders learnRequest learnText seenBefore
  #adopt #become #follow #keepBrought #landing #leftOf #lookFurther #lookUntil #reconnections
  #renewals #restate #underWay #unfollow #untilClosed Abortable abortable aCall addFixtures addPrompts
  addResourceList addResources addressOf addSubscriptions afterAsking afterConsecutive aftermath
  afterThat allowsOne alsContexts anAttempt anchorsOf anotherIdentity anotherThan Answerer answerTo
  appliedBy ApplyParts areaOf areSure Arrived asBefore asGiven askedMs askFieldConfig asShown asUtf8
  AT_ONCE atMs atRate AttackTable attributesInput attributesOf auth_not_offered awaitEarlier
  BadInput bearerGuard BeginParts Begun begunAt Bell belongsTo bench:curves bench:instructions
  BESIDE_CLI blocksOf bodyOf bothWays BreakerRules Brought budgetOf BUILT_IN_FIELD_CONFIG
  builtInColumns builtInFieldConfig bundlerTools busyOnce busyUntil bytesOf CacheRules cacheRules
  CallEventName CallInterval canBeAsked caseOf casesNamed CategoryOf categoryOf CategoryQueriesOf
  cellsOf chainOf chanceOf ChangedMeanwhile changesIn checkedOptions checksFields chosenTools
  claimsOf claimStdout cliAsync clientOf codeIn columnsOf commentOf completeId completeSection
  completionScript configuredName confirmOf connectionBroke connectTo continuesAlone copyOf
  coreFromPackage createAnswerer createDuplicateCheck createEndpoints createSeal
  createTheGuidesPersona createTokens createTransportStack createTurns createWire credentialsIn
  csvFields csvRows customPersonaEndpoints cutBytes dateInWords dayOf decodeSubject Deed delimiterOf
  DEMOGRAPHIC_TEXTS demographicColumns demographicFieldTypes demographicInput Departure Deployment
  describedBy devPackage dialectOf dieBefore digestOf dispatchTransport draftIn DRAWN_EVERY_MS
  driftOf durationInWords Effort emptyBaseline emptyFolder encodeAtOnce EncodeParts encodingOf
  endedElsewhere Ending endPause endpointsOf entriesOf errorOf eventOf exitCodeOf expectAllIsWell expectedOf
  expectSignedIn EXPIRED_TOKEN failedWith failureOf failuresIn FaultQueue FaultScope fetchTransport
  FieldConfigCategory FieldConfigField FieldRules Findings findRedefined findUnavailableReason
  FIRST_MESSAGE_TIMEOUT_MS firstWay Flights FollowUpParts FollowUps formatOf freshApp
  getTokenInterval giveUp goesOn graphOf hadLostIt Happened hasServiceResponded headerGuard
  headersOf headingOf headOf heightOf heldBy heldUntil HICCUP hiddenAt HOPELESS hostOf hotSlots
  House houseOf htmlAnswer identityOf idsOf inARow inDoubt initialsOf innerOf instrumentsOf
  integerParser internalFieldConfig inTransaction invalidDate inVirtualTime inWords isAtHand
  isByService isConfigured isControlFlow isCooling isDue isHeard isHot isInDoubt isInTheClear isLoopback isMeant
  isMorePatient isOfItem isOneRoute isOurs isOwnError isPassing isRefusal isRenewalProven isRow
  isSignedIn issuesByField issuesByWords issuesFromSentences issuesInWords issuesOf isTokenRefused
  isTold isTrouble isUnhelpful isVerbatim isWell isWhole isWorthAnother ItemDone ItemFailed itsCall
  jsonAnswer jsonOf jsonRows jwtRefusal keepReadme keptOf keyOf keysAre keysOf kindOf kindsOf labelOf
  Landed landsAfterMs landsBy landsWithinMs Lanes lastWrites lateWriteUntil launchOptionsFor
  lazyClient leaksIn Ledger leftMs licenceOf lifeLeftMs lifetimeOf lineOf linesOf linksOf
  ListeningMcp listenOn listOf loadDefaultFields loadedOf login_refused lookOut LOOKS lookUntil
  lowerCased madeBy makeBreaker makeRoom MANNERS marksIn markUnhelpful MAX_OWN_WRITES maxJoinMs
  maxPasses maybeKill MaybeTokens mayDiffer mayKeep McpSettings meansUnavailable microsOf MOST_BYTES
  MOST_CONNECTIONS MOST_IDS MOST_SEARCHED MOST_SESSIONS MOST_STOPS mustAsk naiveTimestamp narrate
  narrowed ndjsonRows neverLeft newCallId newProgress newTally nodeImportsIn nodeOf noEcho noSection
  OF_ERRORS ofCategory ON_TOP onAmbiguous onPath onWhileWaiting openSignedInTabs option-rules
  optionRules optionsOf orBadInput orNull otherWays outcomeOf outOfTheBox overdueMs OWN_ERRORS
  OWN_HOUR OwnAttributes OwnData OwnFields OwnPersona OwnPersonaCreate OwnPersonaUpdate ownRoute
  OwnWrite ownWrites packageForCli pageTold pairOf partsOf passOf passwordOf pathIn pathOf
  PATIENCE_MS patienceMs Patiently persona_client.circuit.refusals persona_client.circuit.state
  persona_client.give_up persona_client.retry.reason persona_client.retry.wait_ms personaIn
  personaMissing personas_told personasIn personaTold PersonaWalk pointOf privacyOf PRIVATE_HOUR
  ProgressReport PROMISED_S promptsOf Provenance proxyTo PUBLIC_HOUR PurgedPersona queriesOf Quote
  quoting randomFrom Ranges rangesOf RATE_OVER_MS readAnew readPrivate READS_PER_PAGE reasonAgainst
  reasonIn rebuildError receivedOf recordsOf refusalOf refusals refuseForbidden refuseInTheClear
  releasesLater removeRowKeys ReplacementLimit replacePrivate reportOf requestSettingsOf
  requireFound retold RetryRules retryRules route_missing routeFor routeIn routeMissing routesOf
  ROW_BYTES rowOf RowPosition rowsOf rulesOf runOver SAID_AGAIN_MS SAID_EVERY_MS sameVersions
  sampleOf saysMalformed schemaOf scopeOf scriptFor sealOf sectionsOf sectionTold SeedPersona
  seedPersonas senderTo serveProcess serverOf settingsOf SETTLING_ADVICE settlingAdvice setUp
  SharedLevel SharedLookup SharedRules Shortened shownOf signedIn signIn SIGNS_PER_TIMEOUT
  sitOutAnOutage SITUATIONS slowDown SMOKE_SETTING SocketPlace speaksTls sqlFailure stalledError
  standardSettings standIn startCircuit startedBrowser startHost startingUp startStep statementsOf
  stateOf storeFallsBack storeRemembers strangersIn strangersInEvent strangersInTimeline stringsThat
  stripAll subjectOf tableOf takeThenWait takeTurns teaches test:collections test:faults
  test:package test:redis test:security textIn thisProcess thrownBy TIMELINE_LENGTH timelineOf
  timeOf toCause tokenFilePath tokenFor tokenReplaced tokensIn TOO_OLD TooLarge tooLate ToolMistake
  toolPath transportOf triedAgain triesOf tripOf TROUBLES TROUBLES_KEPT TROUBLES_SAID TRY_AGAIN_MS
  typeErrors typesIn UNHELPFUL_TOKEN_MS unlinkCaller unlinkClosing Unreadable untilClosed Untimely
  upToReach urisOf urlOf userOf validatorsOf valueIn Vault Verdict verdictOn versionTime viewClosing
  viewSettingsOf waitBefore WalkCheckpoint Walking walkInput WalkReport wasPaused wasRefusedUnsent
  wasSignedIn WAYS_TO_SETTLE whenLetThrough WindowControl windowEndAfter withNote withNulls withoutHandshake
  withoutKeys withoutReturn withoutRowIds withoutUndefined withService withValidators wordsFor
  wordsOf writeAside writersOf writtenCategories writtenDemographic wrongColumns
`
  .trim()
  .split(/\s+/);

/** Phrases that readers had to read twice. When you replace such a phrase, add the phrase. */
export const RETIRED_PHRASES: readonly string[] = [
  'as against',
  'could not be had',
  'cannot be had',
  'can be had',
  'are had',
  'is had',
  'to be had',
  'for who',
  'whoever',
  'is answered',
  'are answered',
  'was answered',
  'were answered',
  'in the turn of',
  'in its turn',
  'in their turn',
  'as far as',
  'the like',
  'stands in',
  'stand in',
  'its own word',
  'all the same',
  'is told',
  'are told',
  'was told',
  'one and the same',
  'wire contract',
  'at hand',
  'nobody',
  'no one else',
  'somebody',
  'anybody',
  'everybody',
  'puts on the wire',
  'is done without',
  'gives away',
  'so much time',
  'so long and no longer',
  'free place',
  'reads all of it',
  'also not encoded',
];
